#!/command/with-contenv /bin/sh
# shellcheck shell=sh
# Becomes what the container was asked to run, as the agent's account.
#
#   main-wrapper.sh                        nothing: the gateways are all there is
#   main-wrapper.sh [-p NAME] gateway run  the supervised gateway, attached to it
#   main-wrapper.sh PROGRAM [ARGUMENT...]  that program
#   main-wrapper.sh VERB...                hermes-host with these arguments
set -eu
# shellcheck source=docker/common.sh
. /usr/local/lib/hermes-host/common.sh

case ${HERMES_DOCKER_EXEC_AS_ROOT:-} in
1 | true | yes) account=root home=${HOME:-/root} ;;
esac
supervise=yes
case ${HERMES_GATEWAY_NO_SUPERVISE:-} in
1 | true | yes) supervise=no ;;
esac

# Never two of one gateway: what the boot has started of it ends first, and what it is
# meant to do stays as it is.
run_unsupervised() {
    while [ ! -s /run/hermes/reconciled ] && ! leased_elsewhere; do sleep 0.1; done
    slot=/run/hermes/service/gateway-$profile
    [ ! -d "$slot/supervise" ] || (become s6-svc -wD -d "$slot")
    become hermes-host -p "$profile" gateway run
}

[ $# -gt 0 ] || become sleep infinity

# Is it a `gateway run`, and whose? Its other options are the supervisor's business.
profile=default words='' value=''
for argument; do
    if [ -n "$value" ]; then
        profile=$argument value=''
        continue
    fi
    case $argument in
    -p | --profile) value=profile ;;
    --profile=*) profile=${argument#*=} ;;
    --no-supervise) supervise=no ;;
    -*) ;;
    *) words="$words $argument" ;;
    esac
done
case $words in
' gateway run' | ' hermes gateway run' | ' hermes-host gateway run')
    [ "$supervise" = yes ] || run_unsupervised
    say "gateway run: the supervised gateway of $profile is started, and the container stays with it"
    # The boot comes first: it may be starting this very gateway.
    while [ ! -s /run/hermes/reconciled ]; do sleep 0.1; done
    become hermes-host -p "$profile" gateway start --attach
    ;;
esac

case $1 in
gateway | profile | reconcile | lease | plugin | replay | -*) become hermes-host "$@" ;;
esac
if PATH=$path command -v -- "$1" >/dev/null; then
    become "$@"
fi
become hermes-host "$@"
