// SPDX-License-Identifier: Apache-2.0

// Createserver creates a server on an OpenStack cloud, waits until it is
// ACTIVE, deletes it, and draws the trace of this work.
//
// With nothing set up it runs on a simulated cloud, inside the program. With
// --os-cloud, OS_CLOUD or the variables of an openrc file it runs on a real one,
// and with --os-profile KEY that cloud's services are traced too:
//
//	createserver --os-profile SECRET_KEY --image tiny --flavor m1.nano --network net1
//
// The README.md of the folder above describes the variables that it reads, its
// JSON and its exit status.
package main
