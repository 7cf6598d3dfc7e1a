# shellcheck shell=bash
# Completion of `vsc-venv` in bash, from the words beside this file.

__vsc_venv_more=${BASH_SOURCE[0]%/*}

# Usage: as the function of `complete`
_vsc_venv() {
    local command=- expected='' word behind kind n IFS=$' \t\n'
    local -A kinds=()
    while IFS=$'\t' read -r behind word kind _; do kinds["$behind $word"]=$kind; done <"$__vsc_venv_more/words"
    for ((n = 1; n < COMP_CWORD; n++)); do
        kind=${kinds["$command ${COMP_WORDS[n]}"]-}
        case $expected$kind in
            command) [ "$command" = - ] && command=${COMP_WORDS[n]} || command+=" ${COMP_WORDS[n]}" ;;
            flag | '') ;;
            # What stands behind such an option is its value.
            "$kind") expected=$kind && continue ;;
        esac
        expected=
    done
    word=${COMP_WORDS[COMP_CWORD]} COMPREPLY=()
    case $expected:$word in
        :-*) for n in "${!kinds[@]}"; do [[ $n != "$command "-?* ]] || COMPREPLY+=("${n##* }"); done ;;
        :*)
            expected=${kinds["$command -"]-}
            for n in "${!kinds[@]}"; do
                [ "${n% *}:${kinds[$n]}" != "$command:command" ] || COMPREPLY+=("${n##* }")
            done
            ;;
    esac
    case $expected in
        label) for n in venvs/*-*; do [ ! -e "$n" ] || n=${n#venvs/} COMPREPLY+=("${n#venv-}"); done ;;
        name) for n in venvs/.vsc-venv/*@*; do [ ! -e "$n" ] || n=${n##*/} COMPREPLY+=("${n%%@*}"); done ;;
        partition) read -r -d '' -a COMPREPLY < <(sinfo --noheader --format %R 2>/dev/null) ;;
        =*) read -r -a COMPREPLY <<<"${expected#=}" ;;
        program) read -r -d '' -a COMPREPLY < <(compgen -c -- "$word") ;;
    esac
    for n in "${!COMPREPLY[@]}"; do [[ ${COMPREPLY[n]} == "$word"* ]] || unset "COMPREPLY[n]"; done
}

# Without an answer above, names of files.
complete -o bashdefault -o default -F _vsc_venv vsc-venv
