# Many slots share this file: where to log to is a line of the service's own.
directory=
while IFS= read -r line; do
	case $line in
	'# Its log is in '*)
		directory=${line#'# Its log is in '}
		break
		;;
	'#'*) ;;
	*) break ;;
	esac
done <../run

PATH=${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}:/command
export PATH

set --
if [ -n "$user" ] && [ "$(id -u)" = 0 ]; then
	set -- s6-setuidgid "$user"
fi

# All as the service's user, who may plant links on the volume. A lock that is
# still there belongs to nobody: s6-supervise runs one logger, and some file
# systems keep locks of a machine that is gone.
# shellcheck disable=SC2016 # for the other shell
prepare='mkdir -p "$1" && cd "$1" && rm -f lock && : >>lock &&
	{ [ ! -e current ] || [ -w current ]; }'
if "$@" sh -c "$prepare" sh "$directory"; then
	exec "$@" s6-log 1 n10 s1000000 T "$directory"
fi
# A logger that ends would hold its service up.
echo "hermes-host: cannot write logs to $directory, they go to the console only" >&2
exec "$@" s6-log 1
