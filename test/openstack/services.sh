# The services: how each is started, and when it is ready.

unpacked=$state/unpacked
services=(mariadb redis epmd rabbitmq keystone placement glance neutron
	nova-conductor nova-scheduler nova-api nova-compute)
declare -A ports=([mariadb]=3306 [redis]=6379 [epmd]=4369 [rabbitmq]=5672
	[keystone]=5000 [placement]=8778 [glance]=9292 [neutron]=9696 [nova-api]=8774)

start_stores() {
	start_epmd
	start_rabbitmq
	start_mariadb
	start redis redis-server --bind 127.0.0.1 --port "${ports[redis]}" --dir "$state/run" \
		--save '' --appendonly no --maxmemory 1gb --maxmemory-policy allkeys-lru
	ready mariadb sql -e 'select 1'
	ready redis redis-cli -h 127.0.0.1 ping
}

start_keystone() {
	start_wsgi keystone keystone-wsgi-public OS_KEYSTONE_CONFIG_DIR="$state/etc/keystone"
	ready keystone answers "${ports[keystone]}/v3"
}

start_services() {
	start_keystone
	start_server nova-conductor nova-conductor nova.conf
	start_wsgi placement placement-api OS_PLACEMENT_CONFIG_DIR="$state/etc/placement"
	# What nova-compute asks of the conductor before that has its queue is lost.
	ready rabbitmq consumers
	ready nova-conductor consumers conductor
	ready placement answers "${ports[placement]}"

	# It first reports to the scheduler some seconds after it has started: the
	# others start meanwhile.
	start_server nova-compute nova-compute nova-compute.conf
	ready nova-compute consumers compute.ostrace
	start_server nova-scheduler nova-scheduler nova.conf
	start_server nova-api nova-api nova.conf
	start_server neutron neutron-server neutron.conf
	start_server glance glance-api glance-api.conf
	ready nova-scheduler consumers scheduler
	ready nova-api answers "${ports[nova-api]}"
	ready neutron answers "${ports[neutron]}"
	ready glance answers "${ports[glance]}/healthcheck"
	ready nova-compute scheduler_sees_compute
}

stop_services() {
	stop nova-compute nova-api nova-scheduler nova-conductor neutron glance placement keystone
	stop rabbitmq redis mariadb
	stop epmd
}

start_mariadb() {
	start mariadb mariadbd --no-defaults --user=root --datadir="$state/db/mariadb" \
		--socket="$state/run/mariadb.sock" --bind-address=127.0.0.1 --port="${ports[mariadb]}" \
		--skip-name-resolve --max-connections=500 --innodb-flush-log-at-trx-commit=0 \
		--innodb-doublewrite=0 --innodb-flush-method=nosync
}

# epmd would otherwise be started by RabbitMQ as a daemon that outlives it.
start_epmd() {
	start epmd epmd -address 127.0.0.1 -port "${ports[epmd]}"
	ready epmd port_open "${ports[epmd]}"
}

# RabbitMQ starts from nothing each time: no queue here outlives its service.
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
	start "$1" python3 "$unpacked/usr/bin/$2" --config-file "$state/etc/$3" \
		--log-file "$state/log/$1.log"
}

# start_wsgi NAME PROGRAM VARIABLE=VALUE
# uwsgi closes each connection: a client must know, or it sends its next
# request into a closing one.
start_wsgi() {
	start "$1" "$3" uwsgi --plugin python3 --http-socket "127.0.0.1:${ports[$1]}" \
		--wsgi-file "/usr/bin/$2" --need-app --master --die-on-term --no-orphans \
		--processes 2 --add-header 'Connection: close'
}

answers() { curl -sf -o /dev/null --noproxy '*' --max-time 5 "http://127.0.0.1:$1"; }

# consumers [QUEUE]: does RabbitMQ answer, and does somebody read that queue?
consumers() {
	"${clean[@]}" python3 -c '
import sys, amqp
with amqp.Connection("127.0.0.1:5672", connect_timeout=5) as connection:
    for queue in sys.argv[1:]:
        if not connection.channel().queue_declare(queue, passive=True).consumer_count:
            sys.exit(1)
' "$@"
}

# Nova believes that a host is down which has not reported for a minute.
scheduler_sees_compute() {
	[[ $(sql nova -e "select count(*) from services where \`binary\` = 'nova-compute' and
		ifnull(last_seen_up, created_at) > utc_timestamp() - interval 50 second") == 1 ]]
}

create_catalog() {
	"${clean[@]}" OS_CLIENT_CONFIG_FILE="$state/clouds.yaml" python3 "$here/catalog.py" \
		>"$state/log/create_catalog.log" 2>&1 || fail 'the catalog was not made' create_catalog
}

create_resources() {
	"${clean[@]}" OS_CLIENT_CONFIG_FILE="$state/clouds.yaml" python3 "$here/resources.py"
}
