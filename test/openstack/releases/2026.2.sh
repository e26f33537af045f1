# SPDX-License-Identifier: Apache-2.0

# OpenStack 2026.2 with OSProfiler 4.4, from PyPI, in a virtual environment of
# Debian's own Python. Every API is a WSGI application.

environment=$state/venv
programs=$environment/bin:$system_path

concurrency_backends=(eventlet threading)
tracings=(redis sql otlp native native+redis auto off)
trace_requests=(off on)

# The second line is for packages without a wheel on PyPI.
release_packages=(
	python3-venv
	gcc python3-dev pkg-config libmariadb-dev libpq-dev libxml2-dev libxslt1-dev libffi-dev libssl-dev libpcre2-dev
)

install_release() {
	install_requirements "$environment" "$here/requirements/2026.2.txt"
	import_exporter "$environment"
}

paste_file() {
	case $1 in
	glance) echo "$environment/etc/glance/glance-api-paste.ini" ;;
	*) echo "$environment/etc/$1/api-paste.ini" ;;
	esac
}
resource_filters=$environment/etc/cinder/resource_filters.json

# With fake.FakeDriver, nova-compute does not start a second time.
compute_driver=fake.FakeDriverWithoutFakeNodes
neutron_rpc_workers=1
glance_debug=True
rpc_servers=(neutron-rpc-server)

declare -gA applications=(
	[keystone]=keystone.wsgi.api [placement]=placement.wsgi.api [glance]=glance.wsgi.api
	[neutron]=neutron.wsgi.api [nova-api]=nova.wsgi.osapi_compute [cinder-api]=cinder.wsgi.api
)

start_api() {
	local module=${applications[$1]}
	local -a arguments=()
	[[ $1 != cinder-api ]] || arguments=(--pyargv "--config-file $state/etc/cinder/cinder.conf")
	if [[ $TRACING == auto ]]; then
		arguments+=(--env "OSTRACE_APPLICATION=$module" --pythonpath "$here")
		module=instrumented
	fi
	start_wsgi "$1" --virtualenv "$environment" --module "$module:application" \
		--enable-threads --lazy-apps "${arguments[@]}"
}
