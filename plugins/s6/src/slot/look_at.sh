# Sets `born` to when a process was started, in hundredths of a second since the boot, with
# its `state` and its `parent`; to nothing where there is none.
# shellcheck disable=SC2034 # whoever calls it reads what it wants
look_at() {
	state=
	parent=
	born=
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
	# shellcheck disable=SC2086 # words, behind a name that may hold anything
	set -- ${stat##*) }
	state=${1-}
	parent=${2-}
	born=${20-}
}

