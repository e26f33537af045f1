# The databases, from nothing to what the services expect to find.

databases=(keystone glance placement nova_api nova nova_cell0 neutron)

create_database_folder() {
	mkdir -p "$state"/db/{mariadb,images,fernet,credential}
	"${clean[@]}" mariadb-install-db --no-defaults --user=root --datadir="$state/db/mariadb" \
		--auth-root-authentication-method=normal --skip-test-db --skip-name-resolve \
		>"$state/log/mariadb.log" 2>&1 || fail 'mariadb-install-db failed' mariadb
}

create_databases() {
	{
		printf 'create database %s character set utf8mb3;\n' "${databases[@]}"
		echo "create user openstack@127.0.0.1 identified by 'secret';"
		echo "grant all on *.* to openstack@127.0.0.1;"
	} | sql
	two_at_a_time nova_schema keystone_schema neutron_schema glance_schema placement_schema
}

sql() {
	"${clean[@]}" mariadb --no-defaults --socket="$state/run/mariadb.sock" --user=root \
		--skip-column-names "$@"
}

nova_manage() {
	"${clean[@]}" "$unpacked/usr/bin/nova-manage" --config-file "$state/etc/nova.conf" "$@"
}

nova_schema() {
	nova_manage api_db sync
	nova_manage cell_v2 map_cell0
	nova_manage cell_v2 create_cell --name cell1
	nova_manage db sync
}

discover_hosts() { nova_manage cell_v2 discover_hosts; }

keystone_schema() {
	local manage=("${clean[@]}" keystone-manage --config-file "$state/etc/keystone/keystone.conf")
	"${manage[@]}" db_sync
	"${manage[@]}" fernet_setup --keystone-user root --keystone-group root
	"${manage[@]}" credential_setup --keystone-user root --keystone-group root
	"${manage[@]}" bootstrap --bootstrap-password secret --bootstrap-region-id RegionOne \
		--bootstrap-public-url http://127.0.0.1:5000/v3 \
		--bootstrap-internal-url http://127.0.0.1:5000/v3
}

glance_schema() {
	"${clean[@]}" "$unpacked/usr/bin/glance-manage" \
		--config-file "$state/etc/glance-api.conf" db_sync
}

placement_schema() {
	"${clean[@]}" placement-manage \
		--config-file "$state/etc/placement/placement.conf" db sync
}

neutron_schema() {
	"${clean[@]}" "$unpacked/usr/bin/neutron-db-manage" \
		--config-file "$state/etc/neutron.conf" upgrade heads
	# No agent runs. Ports bind because this one seems alive for ever.
	sql neutron <"$here/etc/agent.sql"
}
