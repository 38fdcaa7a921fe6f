# s6 starts a service with an empty environment where s6-overlay keeps the
# container's aside. with-contenv removes every variable, hence an argument
# tells the second pass.
if [ "${2-}" != contenv ] && [ -x /command/with-contenv ] &&
	[ -d /run/s6/container_environment ]; then
	exec /command/with-contenv "$0" "${1-}" contenv
fi
PATH=${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}:/command
export PATH

if [ ! -d data ]; then
	mkdir -m 755 data
fi

# Whether the process lives that led the last run. One that nobody has waited for yet has
# ended; another one of its number would have been started since then.
lives() {
	look_at "$left"
	[ -n "$born" ] && [ "$state" != Z ] && [ "$born" -le "$since" ]
}

# A shell reads by the byte: what is short is read.
boot=
now=
if [ -r /proc/sys/kernel/random/boot_id ] && [ -r /proc/uptime ]; then
	read -r boot </proc/sys/kernel/random/boot_id
	read -r now _ </proc/uptime
	now=${now%.*}${now#*.}
fi

# What `finish` has not seen end has lost its supervisor, and may live: two would run.
left=
since=
booted=
if [ -s data/group ]; then
	read -r left since booted <data/group
fi
case $left in
'' | 0 | 1 | "$$" | *[!0-9]*) since= ;;
esac
case $since in
'' | *[!0-9]* | ??????????????????*) booted= ;;
esac
if [ -n "$booted" ] && [ "$booted" = "$boot" ] && [ "$since" -le "$now" ] && lives; then
	echo "hermes-host: pid $left has lost its s6-supervise: it is ended before another is started"
	# A stop does not cut its time short.
	stops=
	trap 'stops=1' TERM
	kill -s TERM -- "-$left"
	timeout=30000
	if [ -s timeout-kill ]; then
		read -r timeout <timeout-kill
	fi
	timeout=$(((timeout + 999) / 1000))
	while lives; do
		if [ "$timeout" -le 0 ]; then
			kill -s KILL -- "-$left"
		fi
		timeout=$((timeout - 1))
		sleep 1
		# What has lost its own supervisor leaves it to the next one.
		look_at "$$"
		[ "$parent" = "$PPID" ] || exit
	done
	kill -s KILL -- "-$left" 2>/dev/null
	trap - TERM
	if [ -n "$stops" ]; then
		kill -s TERM "$$"
	fi
fi

# For `finish`, and the next `run`: s6-supervise makes each run the leader of its own
# group.
echo "$$ $now $boot" >data/group

# What runs has not failed.
if [ -e data/verdict ]; then
	rm -f data/verdict
fi

# The pause before a restart doubles with every end that finish keeps in
# data/deaths. It is here so that a stop ends it.
deaths=0
if [ -f data/deaths ]; then
	while [ "$deaths" -lt 40 ] && read -r _; do
		deaths=$((deaths + 1))
	done <data/deaths
fi
delay=0
if [ "$deaths" -gt 1 ]; then
	delay=1
	while [ "$deaths" -gt 2 ] && [ "$delay" -lt "$max_delay" ]; do
		delay=$((delay * 2))
		deaths=$((deaths - 1))
	done
	if [ "$delay" -gt "$max_delay" ]; then
		delay=$max_delay
	fi
fi
if [ "$delay" -gt 0 ]; then
	echo "$delay" >data/delay
	# A shell acts on a signal only in `wait`, never while a program runs in
	# its foreground.
	trap 'trap - TERM; kill "$!" 2>/dev/null; kill -TERM "$$"' TERM
	sleep "$delay" &
	wait "$!"
	trap - TERM
fi
if [ -s data/delay ]; then
	true >data/delay
fi
