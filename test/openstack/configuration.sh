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
same_start() {
	cmp -s <(grep -vE '^(CONCURRENCY_BACKEND|TOKEN_CACHE)=' "$state/etc/parameters" 2>/dev/null) \
		<(grep -vE '^(CONCURRENCY_BACKEND|TOKEN_CACHE)=' "$state/etc.new/parameters")
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
	local target=$1 cache=True osprofiler=True native=True
	shift
	[[ $TOKEN_CACHE == on ]] || cache=False
	osprofiler_is_on || osprofiler=False
	native_is_on || native=False
	(cd "$here/etc" && sed -e "s|@STATE@|$state|g" -e "s|@TOKEN_CACHE@|$cache|g" \
		-e "s|@DATABASE_PASSWORD@|$(<"$state/password")|g" \
		-e "s|@CONCURRENCY_BACKEND@|$CONCURRENCY_BACKEND|g" \
		-e "s|@COMPUTE_DRIVER@|$compute_driver|g" \
		-e "s|@NEUTRON_RPC_WORKERS@|$neutron_rpc_workers|g" \
		-e "s|@RESOURCE_FILTERS@|$resource_filters|g" \
		-e "s|@GLANCE_DEBUG@|$glance_debug|g" \
		-e "s|@OSPROFILER@|$osprofiler|g" -e "s|@NATIVE@|$native|g" -e "s|@OTLP@|$otlp_endpoint|g" \
		-e "s|@STORE@|$(store_of "${target%%/*}")|g" \
		"$@") >"$state/etc.new/$target"
}
