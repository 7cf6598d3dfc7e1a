# shellcheck shell=bash
# Sourced by vsc-venv where it was executed as `vsc-venv for DIRECTORY SHELL`, which the command in fish and tcsh does;
# DIRECTORY is where this file is. This bash does to itself what SHELL is asked to do. Then it prints, in SHELL's language,
# what it has become: so conditions, changes and how they are undone are written once, for bash.
#
# $__VSC_VENV_TYPED is what was typed, each word behind a separator, which is the first character: arguments could be read by
# everybody. What a bash would keep in variables until the environment is left is handed to SHELL as text, and comes back in
# $__VSC_VENV_STATE_1 to _4, since one variable may not have more than 128 KB.

# Usage: __vsc_venv_for SHELL
__vsc_venv_for() {
    local __vsc_shell=$1 __vsc_self=$0 __vsc_st=0 __vsc_text='' __vsc_n __vsc_names __vsc_quoted
    local __vsc_typed=${__VSC_VENV_TYPED-} __vsc_separator __vsc_entered
    local -A __vsc_before=()
    set --
    while [ -n "$__vsc_typed" ]; do
        __vsc_separator=${__vsc_typed:0:1}
        __vsc_typed=${__vsc_typed:1}
        set -- "$@" "${__vsc_typed%%"$__vsc_separator"*}"
        __vsc_typed=${__vsc_typed#"${@: -1}"}
    done
    eval "${__VSC_VENV_STATE_1-}${__VSC_VENV_STATE_2-}${__VSC_VENV_STATE_3-}${__VSC_VENV_STATE_4-}"
    unset -v __VSC_VENV_TYPED __VSC_VENV_STATE_{1,2,3,4}
    __vsc_entered=${__vsc_venv_change-}
    __vsc_venv_names
    for __vsc_n in $__vsc_names; do __vsc_before[$__vsc_n]=${!__vsc_n}; done
    # What is printed on the way is for people; the shell gets its answer at once, and only when all went well.
    exec 3>&1 >&2
    __vsc_venv_do "$@" 3>&- || __vsc_st=$?
    [ "$__vsc_st" != 0 ] || __vsc_venv_tell || __vsc_st=1
    [ "$__vsc_st" = 0 ] || __vsc_text=
    # In tcsh, what is substituted has no status of its own.
    [ "$__vsc_shell" != tcsh ] || __vsc_text+="@ __vsc_venv_status = $__vsc_st"
    printf '%s' "$__vsc_text" >&3
    exit "$__vsc_st"
}

# Leave in __vsc_names the exported variables, but for those that any bash sets for itself. By their first letters, since the
# output of `compgen -e` takes another process to read.
__vsc_venv_names() {
    __vsc_names=
    for __vsc_n in "${!A@}" "${!B@}" "${!C@}" "${!D@}" "${!E@}" "${!F@}" "${!G@}" "${!H@}" "${!I@}" "${!J@}" "${!K@}" \
        "${!L@}" "${!M@}" "${!N@}" "${!O@}" "${!P@}" "${!Q@}" "${!R@}" "${!S@}" "${!T@}" "${!U@}" "${!V@}" "${!W@}" \
        "${!X@}" "${!Y@}" "${!Z@}" "${!a@}" "${!b@}" "${!c@}" "${!d@}" "${!e@}" "${!f@}" "${!g@}" "${!h@}" "${!i@}" \
        "${!j@}" "${!k@}" "${!l@}" "${!m@}" "${!n@}" "${!o@}" "${!p@}" "${!q@}" "${!r@}" "${!s@}" "${!t@}" "${!u@}" \
        "${!v@}" "${!w@}" "${!x@}" "${!y@}" "${!z@}" "${!_@}"; do
        case $__vsc_n:${!__vsc_n@a} in
            _:* | __vsc_*:* | PWD:* | OLDPWD:* | SHLVL:* | COLUMNS:* | LINES:* | PS[0-9]:* | BASH*:* | SHELLOPTS:*) ;;
            # PATH first: it is what a tcsh may refuse to change.
            PATH:*x*) __vsc_names="PATH $__vsc_names" ;;
            *:*x*) __vsc_names+=" $__vsc_n" ;;
        esac
    done
}

# Leave in __vsc_text what the shell must do to become what this one is.
__vsc_venv_tell() {
    local __vsc_put='setenv %s %s;' __vsc_take='unsetenv %s;' __vsc_part
    [ "$__vsc_shell" = tcsh ] || __vsc_put='__vsc_venv_put %s %s\n' __vsc_take='__vsc_venv_take %s\n'
    __vsc_venv_names
    for __vsc_n in $__vsc_names; do
        if [ "${__vsc_before[$__vsc_n]-}${__vsc_before[$__vsc_n]+x}" != "${!__vsc_n}x" ]; then
            __vsc_venv_may "$__vsc_n" || return
            __vsc_venv_quote "${!__vsc_n}"
            # shellcheck disable=SC2059  # one of two above
            printf -v __vsc_part "$__vsc_put" "$__vsc_n" "$__vsc_quoted"
            __vsc_text+=$__vsc_part
        fi
        unset -v "__vsc_before[$__vsc_n]"
    done
    for __vsc_n in "${!__vsc_before[@]}"; do
        # shellcheck disable=SC2059  # one of two above, too
        printf -v __vsc_part "$__vsc_take" "$__vsc_n"
        __vsc_text+=$__vsc_part
    done
    # What modules define is part of the change, and so is its name.
    [ "$__vsc_entered" = "${__vsc_venv_change-}" ] || __vsc_venv_tell_aliases
    __vsc_venv_state
}

# Add to __vsc_text that the aliases of what was left go, and those come that a replayed change gave to this bash.
# shellcheck disable=SC2016  # what stands in single quotes is for tcsh to expand
# shellcheck disable=SC2154  # a replayed change sets it (vscvenv/data/replay.sh)
__vsc_venv_tell_aliases() {
    case $__vsc_shell in
        # With a name more, since one there must be.
        tcsh) __vsc_text+='unalias "" $__vsc_venv_aliases; set __vsc_venv_aliases = ( );' ;;
        *) __vsc_text+=$'__vsc_venv_unalias\n' ;;
    esac
    set -- "${__vsc_venv_defined[@]}"
    while [ "$#" -gt 0 ]; do
        case $1:$__vsc_shell:$2:${BASH_ALIASES[$2]+x} in
            alias:fish:*)
                __vsc_venv_quote "${BASH_ALIASES[$2]-}"
                __vsc_text+="__vsc_venv_alias $2${BASH_ALIASES[$2]+ $__vsc_quoted}"$'\n'
                ;;
            # Both are too dangerous for tcsh, which would read no further.
            alias:tcsh:alias:* | alias:tcsh:unalias:*) ;;
            alias:tcsh:*:x) __vsc_venv_alias_tcsh "$2" "${BASH_ALIASES[$2]}" ;;
        esac
        shift 4
    done
}

# Usage: __vsc_venv_alias_tcsh NAME VALUE: add the alias to __vsc_text, for where there is none of that name.
__vsc_venv_alias_tcsh() {
    local __vsc_value=${2//'!'/'\!'}
    # As both modules tools do it: what stands for arguments is a matter of the history there.
    for __vsc_n in '*' {0..9}; do __vsc_value=${__vsc_value//"\$$__vsc_n"/"!${__vsc_n/[0-9]/:$__vsc_n}"}; done
    __vsc_venv_quote "$__vsc_value"
    # The answer, in which this is, stands behind the list that it looks at.
    for __vsc_n in "set __vsc_venv_aliases = ( \$__vsc_venv_aliases $1 )" "alias $1 $__vsc_quoted"; do
        __vsc_text+="if ( \$__vsc_venv_taken:q !~ '* $1["$'\t'"]*' ) $__vsc_n;"
    done
}

# Usage: __vsc_venv_may NAME: fail, and say why, where the shell does not let itself be given that variable.
__vsc_venv_may() {
    case $__vsc_shell:$1 in
        fish:FISH_VERSION | fish:fish_pid | fish:history | fish:hostname | fish:pipestatus | fish:status | fish:version)
            __vsc_venv_say "error: \$$1 is read-only in fish, and activating must set it"
            return 1
            ;;
    esac
}

# Usage: __vsc_venv_quote TEXT: leave in __vsc_quoted the text as one word of the shell.
__vsc_venv_quote() {
    local __vsc_from __vsc_to
    local -a __vsc_pairs=(\\ \\\\ "'" "\\'")
    # In quotes, tcsh still sees its history, the end of a line, and with `backslash_quote` more.
    [ "$__vsc_shell" != tcsh ] || __vsc_pairs=("'" "'\"'\"'" \\ "'\\\\'" '!' "'\\!'" $'\n' "'\"\$__vsc_venv_newline:q\"'")
    __vsc_quoted=$1
    set -- "${__vsc_pairs[@]}"
    while [ "$#" -gt 0 ]; do
        __vsc_from=$1 __vsc_to=$2
        __vsc_quoted=${__vsc_quoted//"$__vsc_from"/"$__vsc_to"}
        shift 2
    done
    __vsc_quoted="'$__vsc_quoted'"
}

# Add to __vsc_text what the shell must keep: what stands before its prompt, and how to leave, in four parts; or nothing.
__vsc_venv_state() {
    local __vsc_prompt='' __vsc_all='' __vsc_words='' LC_ALL=C
    # shellcheck disable=SC2154  # a replayed change sets it (vscvenv/data/replay.sh), here or where the state is from
    if [ -n "${__vsc_venv_change-}" ]; then
        [ -n "${VIRTUAL_ENV_DISABLE_PROMPT-}" ] || __vsc_prompt=$__vsc_venv_prompt
        __vsc_venv_leaving
    fi
    for __vsc_n in "$__vsc_prompt" "${__vsc_all:0:100000}" "${__vsc_all:100000:100000}" "${__vsc_all:200000:100000}" \
        "${__vsc_all:300000}"; do
        __vsc_venv_quote "$__vsc_n"
        __vsc_words+="$__vsc_quoted "
    done
    case $__vsc_shell in
        tcsh) __vsc_text+="set __vsc_venv_state = ( $__vsc_words);" ;;
        *) __vsc_text+="set -g __vsc_venv_state $__vsc_words" ;;
    esac
}

# Leave in __vsc_all how to leave: what a bash has in variables for that, and the part of the replayed script that does it.
# shellcheck disable=SC2154  # a replayed change sets them (vscvenv/data/replay.sh)
__vsc_venv_leaving() {
    local -a __vsc_lines
    local __vsc_line IFS=' '
    __vsc_all="__vsc_venv_was=(${__vsc_venv_was[*]@Q}) __vsc_venv_lists=(${__vsc_venv_lists[*]@Q}) "
    for __vsc_n in touched self change modules prompt; do
        __vsc_n=__vsc_venv_$__vsc_n
        __vsc_all+="$__vsc_n=${!__vsc_n@Q} "
    done
    # What the shell has of it, the shell forgets.
    __vsc_all+=$'__vsc_venv_defined=()\n'
    mapfile -t __vsc_lines <"$VSC_VENV_CHANGE.bash"
    # The last line closes what begins before those that are kept. Line by line, since patterns are slow on long texts.
    __vsc_line=$((${#__vsc_lines[@]} - 1))
    unset -v "__vsc_lines[__vsc_line]"
    while [[ $((--__vsc_line)) -gt 0 && ${__vsc_lines[__vsc_line]} != '    # ---- leaving'* ]]; do :; done
    for __vsc_n in "${__vsc_lines[@]:__vsc_line}"; do
        # A line that goes on is made one: tcsh cannot have a backslash before the end of a line.
        [[ $__vsc_n = *\\ ]] && __vsc_all+=${__vsc_n%\\} || __vsc_all+=$__vsc_n$'\n'
    done
}
