# What comes from Debian. Only code is installed: no package here starts a
# daemon or asks a question. The service packages would (they expect to own the
# machine's databases), so their few files are unpacked into the state folder.

installed_packages=(
	redis-server redis-tools rabbitmq-server mariadb-server-core mariadb-client-core
	python3-keystone python3-glance python3-placement python3-nova python3-neutron
	python3-openstackclient python3-neutronclient python3-osprofiler
	python3-redis python3-pymysql uwsgi-core uwsgi-plugin-python3
	curl procps
)
unpacked_packages=(
	nova-common nova-api nova-compute nova-conductor nova-scheduler
	glance-common glance-api placement-common
	neutron-common neutron-rpc-server neutron-server
)

missing_packages() {
	local package
	for package in "${installed_packages[@]}"; do
		[[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
			printf '%s\n' "$package"
	done
}

update_package_lists() {
	[[ -n ${package_lists_updated:-} ]] && return
	say 'updating the package lists'
	apt-get update -qq >>"$state/log/packages.log" 2>&1 ||
		fail 'apt-get update failed' packages
	package_lists_updated=yes
}

install_packages() {
	local -a missing
	mapfile -t missing < <(missing_packages)
	((${#missing[@]})) || return 0
	update_package_lists
	say "installing ${missing[*]}"

	local policy=/usr/sbin/policy-rc.d
	if [[ ! -e $policy ]]; then
		# shellcheck disable=SC2064 # $policy is local: expand it now
		trap "rm -f $policy" EXIT
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod +x "$policy"
	fi
	env -u PYTHONPATH -u PYTHONHOME PATH="$system_path" DEBIAN_FRONTEND=noninteractive \
		apt-get install -y --no-install-recommends "${missing[@]}" \
		>>"$state/log/packages.log" 2>&1 </dev/null ||
		fail 'apt-get install failed' packages
	if [[ -n $(trap -p EXIT) ]]; then
		rm -f "$policy"
		trap - EXIT
	fi
}

unpack_service_packages() {
	[[ -e $unpacked/.complete ]] && return
	update_package_lists
	say 'unpacking the service packages'
	rm -rf "$unpacked" "$state/packages"
	mkdir -p "$unpacked" "$state/packages"
	# apt's sandbox user may not write below a private state folder.
	(cd "$state/packages" && apt-get -qq -o APT::Sandbox::User=root \
		download "${unpacked_packages[@]}") >>"$state/log/packages.log" 2>&1 ||
		fail 'apt-get download failed' packages
	local package
	for package in "$state"/packages/*.deb; do
		dpkg -x "$package" "$unpacked"
	done
	rm -rf "$state/packages"
	touch "$unpacked/.complete"
}
