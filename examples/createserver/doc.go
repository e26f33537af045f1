// Createserver creates a server on an OpenStack cloud, waits until it is
// ACTIVE, deletes it, and draws the trace of all that.
//
// With nothing set up it runs on a simulated cloud, inside the program. With
// --os-cloud, OS_CLOUD or the other OS_ variables it runs on a real one, and
// with --os-profile KEY that cloud's services are traced too:
//
//	createserver --os-profile SECRET_KEY --image tiny --flavor m1.nano --network net1
//
// OTEL_TRACES_EXPORTER and OpenTelemetry's other environment variables send the
// spans to a back end as well.
//
// Its exit status is 0 when all went well, 1 when something did not, and 2 when
// the command line was wrong.
package main
