# SPDX-License-Identifier: Apache-2.0

# The services' configuration, made of the templates in etc/ with the state
# folder and the parameters filled in. common.conf goes into each OpenStack
# service's configuration; only nova-compute does not get Nova's databases.

# write_configuration: writes a configuration beside the one in use.
write_configuration() {
	rm -rf "$state/etc.new"
	mkdir -p "$state"/etc.new/{keystone,placement,glance,neutron,nova,cinder}
	write_parameters
	render keystone/keystone.conf common.conf keystone.conf
	render placement/placement.conf common.conf placement.conf
	render glance/glance-api.conf common.conf glance-api.conf
	render neutron/neutron.conf common.conf neutron.conf
	render nova/nova.conf common.conf nova.conf nova-databases.conf
	render nova/nova-compute.conf common.conf nova.conf
	render cinder/cinder.conf common.conf cinder.conf
	render rabbitmq.conf rabbitmq.conf
	render openrc openrc
	render demo-openrc openrc -e s/admin/demo/
	render clouds.yaml clouds.yaml
	local service
	for service in glance neutron nova cinder; do
		cp "$(paste_file "$service")" "$state/etc.new/$service/"
	done
	! native_is_on || trace_natively
	cp "$state"/etc.new/{openrc,demo-openrc,clouds.yaml} "$root"
}

# The parameters belong to the configuration. They also decide how a service is
# started, and programs that use the cloud read them here.
write_parameters() {
	local name
	for name in "${parameters[@]}"; do
		printf '%s=%s\n' "$name" "${!name}"
	done >"$state/etc.new/parameters"
	echo "PATH=$programs" >>"$state/etc.new/parameters"
}

same() { diff -rq "$state/etc/$1" "$state/etc.new/$1" >/dev/null 2>&1; }

# same_start: succeeds unless a parameter has changed that decides how services are
# started.
same_start() { cmp -s <(start_of etc) <(start_of etc.new); }

# start_of FOLDER: prints the parameters of that configuration that decide how services
# are started. The other values of TRACING make a difference only in files.
start_of() {
	sed -nE -e '/^(RELEASE|PATH)=/p' -e 's/^TRACING=(native|auto|jaeger).*/\1/p' \
		"$state/$1/parameters" 2>/dev/null || true
}

# configuration_of NAME: prints the part of the configuration that the service reads.
configuration_of() {
	case $1 in
	nova-compute) echo nova/nova-compute.conf ;;
	*) echo "${1%%-*}" ;;
	esac
}

use_configuration() {
	rm -rf "${state:?}/etc"
	mv "$state/etc.new" "$state/etc"
}

render() {
	local target=$1 cache=True osprofiler=True native=True trace_sqlalchemy=True trace_requests=True
	shift
	[[ $TOKEN_CACHE == on ]] || cache=False
	osprofiler_is_on || osprofiler=False
	native_is_on || native=False
	[[ $TRACE_SQLALCHEMY == on ]] || trace_sqlalchemy=False
	[[ $TRACE_REQUESTS == on ]] || trace_requests=False
	(cd "$here/etc" && sed -e "s|@STATE@|$state|g" -e "s|@TOKEN_CACHE@|$cache|g" \
		-e "s|@DATABASE_PASSWORD@|$(<"$state/password")|g" \
		-e "s|@CONCURRENCY_BACKEND@|$CONCURRENCY_BACKEND|g" \
		-e "s|@COMPUTE_DRIVER@|$compute_driver|g" \
		-e "s|@NEUTRON_RPC_WORKERS@|$neutron_rpc_workers|g" \
		-e "s|@RESOURCE_FILTERS@|$resource_filters|g" \
		-e "s|@GLANCE_DEBUG@|$glance_debug|g" \
		-e "s|@OSPROFILER@|$osprofiler|g" -e "s|@NATIVE@|$native|g" -e "s|@OTLP@|$otlp_endpoint|g" \
		-e "s|@TRACE_SQLALCHEMY@|$trace_sqlalchemy|g" -e "s|@TRACE_REQUESTS@|$trace_requests|g" \
		-e "s|@SAMPLING_RATE@|$SAMPLING_RATE|g" \
		-e "s|@STORE@|$(store_of "${target%%/*}")|g" \
		"$@") >"$state/etc.new/$target"
}
