# SPDX-License-Identifier: Apache-2.0

# Sets up the tracing of the services by the parameter TRACING. OTLP goes to port
# 4318 of 127.0.0.1, and Jaeger's own protocol to port 6831. Nothing here listens
# on these ports.

otlp_endpoint=http://127.0.0.1:4318
redis_url=redis://127.0.0.1:6379

osprofiler_is_on() { [[ $TRACING != native && $TRACING != auto && $TRACING != off ]]; }
native_is_on() { [[ $TRACING == native* ]]; }

# store_of SERVICE: prints OSProfiler's connection_string for the service. Placement
# refuses otlp://, because it does not register that driver's options. The driver for
# SQL does not commit, so that SQLAlchemy 2 would store nothing without autocommit.
store_of() {
	case $TRACING-$1 in
	otlp-placement) echo "$redis_url" ;;
	otlp-*) echo "otlp://${otlp_endpoint#http://}" ;;
	sql-*) echo "mysql+pymysql://openstack:$(<"$state/password")@127.0.0.1/osprofiler?autocommit=true" ;;
	jaeger-*) echo jaeger://127.0.0.1:6831 ;;
	*) echo "$redis_url" ;;
	esac
}

# trace_natively: puts oslo.middleware's filter after the filter that authenticates
# the user, in each paste file of the new configuration.
trace_natively() {
	local file
	for file in "$state"/etc.new/*/*paste.ini; do
		sed -i -E '/^keystone[a-z_+]* =/s/ (keystonecontext|context) / \1 otel /' "$file"
		grep -q ' otel ' "$file" || fail "no pipeline was found in $file"
		printf '\n[filter:otel]\npaste.filter_factory = oslo_middleware:TracingMiddleware.factory\n' >>"$file"
	done
}

# import_exporter: oslo.messaging uses the exporter of a package that does not import
# it, and fails if nothing else has imported it. A line in a .pth file imports it.
import_exporter() {
	local line=$1/lib/python3.11/site-packages/ostrace-exporter.pth
	if native_is_on; then
		echo 'import opentelemetry.exporter.otlp.proto.http.trace_exporter' >"$line"
	else
		rm -f "$line"
	fi
}

# tracing_variables NAME: sets variables to the tracing variables in the environment
# of the service.
tracing_variables() {
	case $TRACING in
	# These options of oslo.config differ between processes with the same configuration.
	native*) variables=(OS_OSLO_MIDDLEWARE_TRACING__SERVICE_NAME="$1"
		OS_OSLO_MESSAGING_TRACING__TRACING_SERVICE_NAME="$1") ;;
	auto) variables=(OTEL_SERVICE_NAME="$1" OTEL_EXPORTER_OTLP_ENDPOINT="$otlp_endpoint"
		OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_METRICS_EXPORTER=none OTEL_LOGS_EXPORTER=none) ;;
	# jaeger-client uses an argument of getaddrinfo that eventlet's function does not have.
	jaeger)
		variables=(PYTHONPATH="$jaeger_client" EVENTLET_NO_GREENDNS=yes)
		# Under uwsgi, green threads run only while a request is answered.
		[[ $1 != nova-api ]] || variables+=(OS_NOVA_DISABLE_EVENTLET_PATCHING=yes)
		;;
	*) variables=() ;;
	esac
}
