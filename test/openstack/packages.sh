# SPDX-License-Identifier: Apache-2.0

# Installs packages from Debian and from PyPI. It installs only code: no package
# here starts a daemon or asks a question.

store_packages=(
	redis-server redis-tools rabbitmq-server mariadb-server-core mariadb-client-core
	curl procps passwd util-linux libfaketime
)

install_all() {
	install_packages "${store_packages[@]}" "${release_packages[@]}"
	install_release
}

install_packages() {
	local package
	local -a missing=()
	for package; do
		[[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
			missing+=("$package")
	done
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

update_package_lists() {
	[[ -n ${package_lists_updated:-} ]] && return
	say 'updating the package lists'
	apt-get update -qq >>"$state/log/packages.log" 2>&1 ||
		fail 'apt-get update failed' packages
	package_lists_updated=yes
}

# unpack_service_packages: the files of $unpacked_packages, as $unpacked.
unpack_service_packages() {
	[[ $(cat "$unpacked/.complete" 2>/dev/null) == "${unpacked_packages[*]}" ]] && return
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
	echo "${unpacked_packages[*]}" >"$unpacked/.complete"
}

# install_requirements FOLDER LOCK [--target]: installs exactly the packages in the
# lock file, and checks the hash of each file. It installs into a virtual
# environment of Debian's Python, or with --target into a plain folder for Debian's
# Python itself.
install_requirements() {
	cmp -s "$2" "$1/.complete" && return
	say "installing $(basename "$2") from PyPI"
	local uv
	local -a into=(--python "$1/bin/python")
	install_uv
	rm -rf "$1"
	if [[ ${3:-} == --target ]]; then
		into=(--python /usr/bin/python3 --target "$1")
	else
		from_pypi "$uv" venv --quiet --python /usr/bin/python3 "$1" || fail 'no virtual environment was made' packages
	fi
	from_pypi "$uv" pip install --quiet "${into[@]}" --require-hashes --requirements "$2" ||
		fail "$2 could not be installed" packages
	cp "$2" "$1/.complete"
}

# install_uv: sets uv to uv itself, in an environment of its own.
install_uv() {
	uv=$root/uv/bin/uv
	cmp -s "$here/requirements/uv.txt" "$root/uv/.complete" && return
	rm -rf "$root/uv"
	from_pypi /usr/bin/python3 -m venv "$root/uv" &&
		from_pypi "$root/uv/bin/pip" install --quiet --require-hashes --requirement "$here/requirements/uv.txt" ||
		fail 'uv could not be installed' packages
	cp "$here/requirements/uv.txt" "$root/uv/.complete"
}

# These need the caller's proxy and certificates, but not its Python.
from_pypi() {
	env -u PYTHONPATH -u PYTHONHOME -u VIRTUAL_ENV PATH="$system_path" "$@" >>"$state/log/packages.log" 2>&1
}

# lock_requirements: makes each requirements/*.txt anew from its *.in, with the
# newest versions that go together.
lock_requirements() {
	local uv source
	install_uv
	for source in "$here"/requirements/*.in; do
		(cd "$here/requirements" && from_pypi "$uv" pip compile --quiet --upgrade --generate-hashes \
			--python /usr/bin/python3 --custom-compile-command 'test/openstack/openstack lock' \
			--output-file "$(basename "$source" .in).txt" "$(basename "$source")") ||
			fail "$source could not be locked" packages
	done
}
