# SPDX-License-Identifier: Apache-2.0

# Makes the databases that the services expect.

databases=(keystone glance placement nova_api nova nova_cell0 neutron cinder)

# MariaDB does not run as root, because its users could write root's files then.
database_user=ostrace-mariadb

create_database_user() {
	id "$database_user" >/dev/null 2>&1 || useradd --system --user-group --no-create-home \
		--home-dir /nonexistent --shell /usr/sbin/nologin "$database_user"
	# It needs these folders only to reach its own, and can't list them.
	mkdir -p "$state/db"
	chmod 711 "$root" "$state" "$state/db"
	setpriv --reuid "$database_user" --regid "$database_user" --clear-groups test -x "$state/db" ||
		fail "the user $database_user may not enter $state/db: choose another folder as OSTRACE_OPENSTACK_STATE"
}

# Only root of this machine is root of the databases, through their socket.
create_database_folder() {
	mkdir -p "$state"/db/{mariadb,fernet,credential,nova,neutron,cinder,glance}
	chown "$database_user": "$state/db/mariadb"
	"${clean[@]}" mariadb-install-db --no-defaults --user="$database_user" --datadir="$state/db/mariadb" \
		--auth-root-authentication-method=socket --auth-root-socket-user=root \
		--skip-test-db --skip-name-resolve \
		>"$state/log/mariadb.log" 2>&1 || fail 'mariadb-install-db failed' mariadb
}

create_databases() {
	local database
	{
		echo "create user openstack@127.0.0.1 identified by '$(<"$state/password")';"
		for database in "${databases[@]}"; do
			echo "create database $database character set utf8mb3;"
			echo "grant all on $database.* to openstack@127.0.0.1;"
		done
	} | sql
	two_at_a_time nova_schema keystone_schema neutron_schema cinder_schema glance_schema placement_schema
}

# create_trace_database: makes the database for OSProfiler's points, whose table the
# driver makes.
create_trace_database() {
	[[ $TRACING == sql ]] || return 0
	sql <<-EOT
		create database if not exists osprofiler character set utf8mb3;
		grant all on osprofiler.* to openstack@127.0.0.1;
	EOT
}

sql() {
	"${clean[@]}" mariadb --no-defaults --socket="$state/db/mariadb/socket" --user=root \
		--skip-column-names "$@"
}

nova_manage() { "${clean[@]}" nova-manage --config-file "$state/etc/nova/nova.conf" "$@"; }

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

glance_schema() { "${clean[@]}" glance-manage --config-file "$state/etc/glance/glance-api.conf" db_sync; }

placement_schema() {
	"${clean[@]}" placement-manage --config-file "$state/etc/placement/placement.conf" db sync
}

cinder_schema() { "${clean[@]}" cinder-manage --config-file "$state/etc/cinder/cinder.conf" db sync; }

neutron_schema() {
	"${clean[@]}" neutron-db-manage --config-file "$state/etc/neutron/neutron.conf" upgrade heads
	# No agent runs. Ports can be bound because this agent seems to be alive for ever.
	sql neutron <"$here/etc/agent.sql"
}
