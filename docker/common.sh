# shellcheck shell=sh
# Read by the scripts of the image: where things are, and how root is given up.

# The volume may be on the operator's PATH, and what is there is the agent's. Root
# looks programs up elsewhere; `path` is for whoever is not root.
path=${PATH:-/usr/local/bin:/usr/bin:/bin}:/command
PATH=/command:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

library=/usr/local/lib/hermes-host
account=hermes
home=${HERMES_HOME:-/opt/data}
uid=$(id -u)

say() {
    echo "hermes-host: $*" >&2
}

# fail WHAT HINT
fail() {
    printf 'error: %s\n  hint: %s\n' "$1" "$2" >&2
    exit 1
}

# Whether the gateways of the home are another container's.
leased_elsewhere() {
    lease=$("$library/hermes-host" --home "$home" lease show --json 2>/dev/null) || :
    case $lease in
    *'"state": "live"'*'"ours": false'*) return 0 ;;
    *) return 1 ;;
    esac
}

# Becomes a command of the agent's account, or of the one the container runs as.
become() {
    export HOME="$home" HERMES_HOME="$home"
    [ "$uid" -ne 0 ] || exec s6-setuidgid "$account" env PATH="$path" "$@"
    PATH=$path exec "$@"
}
