# SPDX-License-Identifier: Apache-2.0

# OpenStack Zed (2022.2) with OSProfiler 3.4, from Debian's packages. The service
# packages would take over the machine's databases, so their few files are unpacked
# into the state folder and not installed.

unpacked=$state/unpacked
programs=$unpacked/usr/bin:$system_path

concurrency_backends=(eventlet)
tracings=(redis sql jaeger off)
# OSProfiler has that option since 4.1.
trace_requests=(off)

release_packages=(
	python3-keystone python3-glance python3-placement python3-nova python3-neutron
	python3-cinder python3-openstackclient python3-neutronclient python3-osprofiler
	python3-redis python3-pymysql python3-venv uwsgi-core uwsgi-plugin-python3
)
unpacked_packages=(
	nova-common nova-api nova-compute nova-conductor nova-scheduler
	glance-common glance-api placement-common
	neutron-common neutron-rpc-server neutron-server
	cinder-common cinder-api cinder-scheduler cinder-volume
)

# Debian has no jaeger-client. Other programs must not see its dependencies.
jaeger_client=$state/jaeger-client

install_release() {
	unpack_service_packages
	install_requirements "$jaeger_client" "$here/requirements/zed.txt" --target
}

paste_file() {
	case $1 in
	glance) echo "$unpacked/usr/share/glance-common/glance-api-paste.ini" ;;
	*) echo "$unpacked/usr/share/$1-common/api-paste.ini" ;;
	esac
}
resource_filters=$unpacked/etc/cinder/resource_filters.json

compute_driver=fake.FakeDriver
neutron_rpc_workers=0
glance_debug=False

# Neutron's API server is its RPC server too.
rpc_servers=()

# --lazy-apps is needed because the threads of jaeger-client end with a fork. The
# program nova-api forks with any number of workers, so uwsgi runs Nova's API.
start_api() {
	local -a lazy=(--plugin python3 --enable-threads --lazy-apps --wsgi-file)
	case $1-$TRACING in
	keystone-*) start_wsgi "$1" "${lazy[@]}" /usr/bin/keystone-wsgi-public ;;
	placement-*) start_wsgi "$1" "${lazy[@]}" /usr/bin/placement-api ;;
	glance-*) start_server "$1" glance-api glance/glance-api.conf ;;
	neutron-*) start_server "$1" neutron-server neutron/neutron.conf ;;
	nova-api-jaeger) start_wsgi "$1" "${lazy[@]}" "$unpacked/usr/bin/nova-api-wsgi" ;;
	nova-api-*) start_server "$1" nova-api nova/nova.conf ;;
	cinder-api-*) start_server "$1" cinder-api cinder/cinder.conf ;;
	esac
}
