# The services' configuration, made of the templates in etc/ with the state
# folder and the switches filled in. common.conf goes into each OpenStack
# service's; nova-compute alone gets none of Nova's databases.

# write_configuration: writes a configuration beside the one in use.
write_configuration() {
	local cache=True
	[[ $token_cache == on ]] || cache=False
	rm -rf "$state/etc.new"
	mkdir -p "$state"/etc.new/{keystone,placement}
	render keystone/keystone.conf common.conf keystone.conf
	render placement/placement.conf common.conf placement.conf
	render glance-api.conf common.conf glance-api.conf
	render neutron.conf common.conf neutron.conf
	render nova.conf common.conf nova.conf nova-databases.conf
	render nova-compute.conf common.conf nova.conf
	render rabbitmq.conf rabbitmq.conf
	render openrc openrc
	render demo-openrc openrc -e s/admin/demo/
	render clouds.yaml clouds.yaml
	cp "$state"/etc.new/{openrc,demo-openrc,clouds.yaml} "$state"
}

configuration_in_use() { diff -rq "$state/etc" "$state/etc.new" >/dev/null 2>&1; }

use_configuration() {
	rm -rf "${state:?}/etc"
	mv "$state/etc.new" "$state/etc"
}

render() {
	local target=$1
	shift
	(cd "$here/etc" && sed -e "s|@STATE@|$state|g" -e "s|@TOKEN_CACHE@|$cache|g" \
		"$@") >"$state/etc.new/$target"
}
