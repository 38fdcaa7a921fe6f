# s6 starts a service with an empty environment where s6-overlay keeps the
# container's aside. with-contenv removes every variable, hence an argument
# tells the second pass.
if [ "${2-}" != contenv ] && [ -x /command/with-contenv ] &&
	[ -d /run/s6/container_environment ]; then
	exec /command/with-contenv "$0" "${1-}" contenv
fi
PATH=${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}:/command
export PATH

# For `finish`: s6-supervise makes each run the leader of its own group.
echo "$$" >data/group

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
