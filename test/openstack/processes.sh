# SPDX-License-Identifier: Apache-2.0

# Starts processes. Each is the leader of its own process group, and is identified
# by its id and start time, so that another process to which the system has given
# the same id later is never taken for ours.

# The services do not get the caller's environment: no proxy, no OS_*, and only the
# Python that has the release's packages.
clean=(env -i PATH="$programs" HOME="$state/home" LANG=C.UTF-8 "no_proxy=127.0.0.1,localhost")

start_time() {
	local stat
	{ stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
	# The name in parentheses may hold spaces, so this counts the fields after it.
	local -a fields
	read -ra fields <<<"${stat##*) }"
	# A zombie has ended, although its parent has not collected it yet.
	[[ ${fields[0]} != Z ]] && printf '%s\n' "${fields[19]}"
}

# running NAME: succeeds if the process that was started as NAME still runs. Sets pid.
running() {
	local started
	[[ -e $state/run/$1.pid ]] || return 1
	read -r pid started <"$state/run/$1.pid"
	[[ $(start_time "$pid") == "$started" ]]
}

# started: prints the names of all processes that have been started.
started() {
	local file
	for file in "$state"/run/*.pid; do
		[[ ! -e $file ]] || basename "$file" .pid
	done
}

# start NAME COMMAND...: runs COMMAND in the background, unless it runs already.
# Variables may stand before it, as for env. A file etc/NAME.env has more of them.
start() {
	local name=$1 pid
	local -a more=()
	shift
	[[ ! -e $state/etc/$name.env ]] || mapfile -t more <"$state/etc/$name.env"
	running "$name" && return
	if [[ -n ${ports[$name]:-} ]] && port_open "${ports[$name]}"; then
		fail "$name cannot start: another process listens on port ${ports[$name]}"
	fi
	"${clean[@]}" setsid env "${more[@]}" "$@" >>"$state/log/$name.log" 2>&1 </dev/null 9>&- &
	pid=$!
	printf '%s %s\n' "$pid" "$(start_time "$pid")" >"$state/run/$name.pid"
}

port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# stop NAME...: ends these processes and their children, all at once, and waits
# until they are gone.
stop() {
	local name pid
	local -A groups=()
	for name; do
		if running "$name"; then
			groups[$name]=$pid
			kill -TERM -- "-$pid" 2>/dev/null || true
		fi
	done
	for name; do
		pid=${groups[$name]:-}
		if [[ -n $pid ]] && ! poll 15 group_gone "$pid"; then
			kill -KILL -- "-$pid" 2>/dev/null || true
			poll 5 group_gone "$pid" || fail "$name (process $pid) does not end" "$name"
		fi
		rm -f "$state/run/$name.pid"
	done
}

# Only processes that have ended and are not collected yet may be left in a group.
group_gone() { ! pgrep --pgroup "$1" --runstates D,R,S,T,t,I >/dev/null; }

# poll SECONDS COMMAND...: repeats COMMAND until it succeeds, for at most SECONDS.
poll() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < deadline)) || return 1
		sleep 0.1
	done
}

# ready NAME COMMAND...: waits until COMMAND succeeds, as long as NAME runs.
ready() {
	local pid
	if ! poll 240 ended_or "$@" || ! running "$1"; then
		fail "$1 did not become ready" "$1"
	fi
}

ended_or() {
	local pid name=$1
	shift
	! running "$name" || "$@" >/dev/null 2>&1
}

# two_at_a_time TASK...: runs the functions in parallel, each with a log.
two_at_a_time() {
	local task
	local -A tasks=()
	for task; do
		((${#tasks[@]} < 2)) || collect_one
		"$task" >"$state/log/$task.log" 2>&1 9>&- &
		tasks[$!]=$task
	done
	while ((${#tasks[@]})); do collect_one; done
}

collect_one() {
	local ended
	if ! wait -n -p ended "${!tasks[@]}"; then
		wait "${!tasks[@]}" || true
		fail "${tasks[$ended]} failed" "${tasks[$ended]}"
	fi
	unset "tasks[$ended]"
}
