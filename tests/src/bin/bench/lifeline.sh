# Runs s6-svscan, and ends it with all that it supervises when the benchmark is
# gone, however that ended: standard input is a pipe that only it holds open.
#
#   lifeline SCANDIR SLOTS HOME
#
# Both directories are removed in the end.
set -eu

# From s6 2.12 on -C counts slots; 2.11 refuses it as wrong usage (exit 100) and
# takes -c. The directory does not exist, so neither starts anything here.
option=-C
s6-svscan -C "$2" /dev/null/none 2>/dev/null || [ $? -ne 100 ] || option=-c

s6-svscan "$option" "$2" "$1" </dev/null >/dev/null 2>&1 &
cat >/dev/null
kill -TERM $!
wait $! || :
rm -rf "$1" "$3"
