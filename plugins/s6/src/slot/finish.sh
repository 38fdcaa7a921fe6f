# Called with the exit code of run (256: a signal), the signal and the name of
# the service. Exit code 125 tells s6-supervise to leave the service down.

# What outlives the service in its process group would hold its port and its
# log. s6 names the group from 2.13 on, `run` for the others; and `run` the one that a
# dead supervisor has left behind, while it ends that.
group=
if [ -f data/group ]; then
	read -r group since booted <data/group
	true 2>/dev/null >data/group
fi
case $group in
'' | 0 | 1 | *[!0-9]*) group= ;;
esac
# The leader of the last run has ended: one that is there is left behind, or was started
# since then and has nothing to do with it.
if [ -n "$group" ] && [ -r "/proc/$group/stat" ]; then
	boot=
	if [ -r /proc/sys/kernel/random/boot_id ]; then
		read -r boot </proc/sys/kernel/random/boot_id
	fi
	look_at "$group"
	if [ -z "$boot" ] || [ "${booted-}" != "$boot" ] ||
		! [ "${born:-0}" -le "${since:--1}" ] 2>/dev/null; then
		group=
	fi
fi
for group in "$group" "${4-}"; do
	case $group in
	'' | 0 | 1 | *[!0-9]*) ;;
	*) kill -s KILL -- "-$group" 2>/dev/null ;;
	esac
done

# An operator's stop is no death. The file is emptied, not removed, as that
# takes no program; where that is not allowed it is removed.
if [ -s data/planned ]; then
	true 2>/dev/null >data/planned || rm -f data/planned
	exit 0
fi

case " $final_exit_codes " in
*" $1 "*)
	echo final >data/verdict
	echo "hermes-host: ${3-}: exited with $1, which is final: not restarted"
	exit 125
	;;
esac

# Seconds that never go back, without a program.
now=
if [ -r /proc/uptime ]; then
	read -r now _ </proc/uptime
fi
now=${now%%.*}
case $now in
'' | *[!0-9]*) now=$(date +%s) ;;
esac

# A gateway that asks for a restart has not failed: it counts for the pause before
# the restart and for nothing else.
death=1
mark=
if [ "$1" = "$restart_exit_code" ]; then
	death=0
	mark=' asked'
fi

# The ends within the window, this one included. The file may hold anything. As many
# restarts that were asked for are kept as `run` counts.
since=$((now - window))
recent=
deaths=$death
asked=0
if [ -f data/deaths ]; then
	while [ "$deaths" -lt "$max_deaths" ] && read -r at how; do
		case $at in
		'' | *[!0-9]* | ????????????*) continue ;;
		esac
		if [ "$at" -le "$since" ] || [ "$at" -gt "$now" ]; then
			continue
		fi
		case $how in
		'') deaths=$((deaths + 1)) ;;
		asked)
			asked=$((asked + 1))
			[ "$asked" -lt 40 ] || continue
			;;
		*) continue ;;
		esac
		recent="$recent$at${how:+ $how}
"
	done <data/deaths
fi
printf '%s%s%s\n' "$recent" "$now" "$mark" >data/deaths

if [ "$death" = 1 ] && [ "$deaths" -ge "$max_deaths" ]; then
	echo "quarantined $deaths $window" >data/verdict
	echo "hermes-host: ${3-}: died $deaths times within $window s, not restarted"
	exit 125
fi
# One byte a restart: appending is atomic, and its size is the number.
echo >>data/restarts
exit 0
