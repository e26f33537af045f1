# SPDX-License-Identifier: Apache-2.0

# Starts the services, and waits until they are ready. The differences between the
# releases are in releases/.

services=(mariadb redis epmd rabbitmq keystone placement glance neutron "${rpc_servers[@]}"
	nova-conductor nova-scheduler nova-api nova-compute cinder-api cinder-scheduler cinder-volume)
stores='rabbitmq|redis|mariadb|epmd'
declare -gA ports=([mariadb]=3306 [redis]=6379 [epmd]=4369 [rabbitmq]=5672
	[keystone]=5000 [placement]=8778 [glance]=9292 [neutron]=9696 [nova-api]=8774 [cinder-api]=8776)

start_stores() {
	start_epmd
	start_rabbitmq
	start_mariadb
	start redis setpriv --reuid redis --regid redis --clear-groups redis-server --bind 127.0.0.1 --port "${ports[redis]}" --dir / \
		--save '' --appendonly no --maxmemory 1gb --maxmemory-policy allkeys-lru
	ready mariadb sql -e 'select 1'
	ready redis redis-cli -h 127.0.0.1 ping
}

start_keystone() {
	start_api keystone
	ready keystone answers "${ports[keystone]}/v3"
}

start_services() {
	start_keystone
	start_server nova-conductor nova-conductor nova/nova.conf
	start_api placement
	# Requests of nova-compute to the conductor are lost until the conductor has its queue.
	ready rabbitmq consumers
	ready nova-conductor consumers conductor
	ready placement answers "${ports[placement]}"

	# It first reports to the scheduler some seconds after its start, and the others
	# start in that time.
	start_server nova-compute nova-compute nova/nova-compute.conf
	ready nova-compute consumers compute.ostrace
	start_server nova-scheduler nova-scheduler nova/nova.conf
	start_api nova-api
	start_api neutron
	local name
	for name in "${rpc_servers[@]}"; do
		start_server "$name" "$name" neutron/neutron.conf
	done
	start_api glance
	start_server cinder-volume cinder-volume cinder/cinder.conf
	start_server cinder-scheduler cinder-scheduler cinder/cinder.conf
	start_api cinder-api
	ready nova-scheduler consumers scheduler
	ready nova-api answers "${ports[nova-api]}"
	ready neutron answers "${ports[neutron]}"
	ready glance answers "${ports[glance]}/healthcheck"
	ready cinder-scheduler consumers cinder-scheduler
	ready cinder-volume consumers cinder-volume.ostrace@fake
	ready cinder-api answers "${ports[cinder-api]}"
	ready nova-compute scheduler_sees_compute
}

# stop_openstack: stops all processes of this state folder's release, except the
# stores.
stop_openstack() {
	local -a names
	mapfile -t names < <(started | grep -vxE "$stores")
	stop "${names[@]}"
}

# stop_outdated: stops the processes whose configuration differs from the new one.
# OpenStack's services do not start without RabbitMQ.
stop_outdated() {
	local name
	local -a outdated=()
	if ! same rabbitmq.conf; then
		stop_services
	elif ! same_start; then
		stop_openstack
	else
		for name in $(started | grep -vxE "$stores"); do
			same "$(configuration_of "$name")" || outdated+=("$name")
		done
		stop "${outdated[@]}"
	fi
}

stop_services() {
	stop_openstack
	stop rabbitmq redis mariadb
	stop epmd
}

start_mariadb() {
	start mariadb mariadbd --no-defaults --user="$database_user" --datadir="$state/db/mariadb" \
		--socket="$state/db/mariadb/socket" --bind-address=127.0.0.1 --port="${ports[mariadb]}" \
		--skip-name-resolve --max-connections=500 --innodb-flush-log-at-trx-commit=0 \
		--innodb-doublewrite=0 --innodb-flush-method=nosync
}

# Otherwise RabbitMQ would start epmd as a daemon that does not end with RabbitMQ.
start_epmd() {
	start epmd epmd -address 127.0.0.1 -port "${ports[epmd]}"
	ready epmd port_open "${ports[epmd]}"
}

# RabbitMQ starts without data each time, because no queue is needed after its
# service has ended.
start_rabbitmq() {
	local pid
	running rabbitmq || rm -rf "$state/rabbitmq"
	start rabbitmq RABBITMQ_NODENAME=ostrace@localhost \
		RABBITMQ_MNESIA_BASE="$state/rabbitmq" RABBITMQ_LOG_BASE="$state/log" RABBITMQ_LOGS=- \
		RABBITMQ_CONFIG_FILE="$state/etc/rabbitmq.conf" \
		RABBITMQ_ENABLED_PLUGINS_FILE="$state/etc/no-plugins" RABBITMQ_CONF_ENV_FILE=/dev/null \
		RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='+sbwt none -kernel inet_dist_use_interface {127,0,0,1}' \
		/usr/lib/rabbitmq/bin/rabbitmq-server
}

# start_server NAME PROGRAM CONFIGURATION
start_server() {
	local -a variables instrument=()
	tracing_variables "$1"
	[[ $TRACING != auto ]] || instrument=(opentelemetry-instrument)
	start "$1" "${variables[@]}" "${instrument[@]}" "$2" --config-file "$state/etc/$3" --log-file "$state/log/$1.log"
}

# start_wsgi NAME ARGUMENT...: starts an API under uwsgi, with the arguments by which
# uwsgi finds its application. uwsgi closes each connection. The answers say so,
# because a client would send its next request into a closing connection otherwise.
start_wsgi() {
	local name=$1
	local -a variables
	shift
	tracing_variables "$name"
	start "$name" "${variables[@]}" OS_KEYSTONE_CONFIG_DIR="$state/etc/keystone" \
		OS_PLACEMENT_CONFIG_DIR="$state/etc/placement" OS_GLANCE_CONFIG_DIR="$state/etc/glance" \
		OS_NEUTRON_CONFIG_DIR="$state/etc/neutron" OS_NEUTRON_CONFIG_FILES=neutron.conf \
		OS_NOVA_CONFIG_DIR="$state/etc/nova" \
		uwsgi --http-socket "127.0.0.1:${ports[$name]}" "$@" --need-app --master --die-on-term \
		--no-orphans --processes "${wsgi_processes[$name]:-1}" --buffer-size 65535 \
		--add-header 'Connection: close'
}

# All other services send requests to Keystone and Placement.
declare -gA wsgi_processes=([keystone]=2 [placement]=2)

answers() {
	local status
	status=$(curl -s -o /dev/null -w '%{http_code}' --noproxy '*' --max-time 5 "http://127.0.0.1:$1")
	# Cinder and Nova answer 300: there are several versions.
	[[ $status == [23]* ]]
}

# consumers [QUEUE]: succeeds if RabbitMQ answers, and the queue has a consumer.
consumers() {
	"${clean[@]}" python3 -c '
import sys, amqp
with amqp.Connection("127.0.0.1:5672", connect_timeout=5) as connection:
    for queue in sys.argv[1:]:
        if not connection.channel().queue_declare(queue, passive=True).consumer_count:
            sys.exit(1)
' "$@"
}

# Nova takes a host for down if it has not reported for a minute.
scheduler_sees_compute() {
	[[ $(sql nova -e "select count(*) from services where \`binary\` = 'nova-compute' and
		ifnull(last_seen_up, created_at) > utc_timestamp() - interval 50 second") == 1 ]]
}

create_catalog() {
	"${clean[@]}" OS_CLIENT_CONFIG_FILE="$root/clouds.yaml" python3 "$here/catalog.py" \
		>"$state/log/create_catalog.log" 2>&1 || fail 'the catalog was not made' create_catalog
}

create_resources() {
	"${clean[@]}" OS_CLIENT_CONFIG_FILE="$root/clouds.yaml" python3 "$here/resources.py"
}
