# Completion of `vsc-venv` in zsh, from the words beside this file.

__vsc_venv_more=${${(%):-%x}:h}

_vsc_venv() {
    local command=- expected= key kind n line
    local -a part candidates
    local -A kinds about
    for line in ${(f)"$(<$__vsc_venv_more/words)"}; do
        part=("${(@s:	:)line}")
        key="$part[1] $part[2]"
        kinds+=("$key" "$part[3]") about+=("$key" "$part[4]")
    done
    for ((n = 2; n < CURRENT; n++)); do
        key="$command $words[n]"
        kind=$kinds[$key]
        if [[ -n $expected ]]; then
            expected=
        elif [[ $kind = command ]]; then
            [[ $command = - ]] && command=$words[n] || command+=" $words[n]"
        elif [[ $words[n] = -* && -n $kind && $kind != flag ]]; then
            expected=$kind
        fi
    done
    if [[ -z $expected ]]; then
        for n in ${(k)kinds}; do
            [[ ${n% *} = $command && ( ( $words[CURRENT] = -* && ${n##* } = -?* ) || $kinds[$n] = command ) ]] &&
                candidates+=("${n##* }:$about[$n]")
        done
        key="$command -"
        [[ $words[CURRENT] = -* ]] || expected=$kinds[$key]
        (( ! $#candidates )) || _describe word candidates
    fi
    case $expected in
        file | text) _files ;;
        directory) _files -/ ;;
        label) candidates=(venvs/*-*(N:t)) && compadd -- ${candidates#venv-} ;;
        name) candidates=(venvs/.vsc-venv/*@*(N:t)) && compadd -- ${(u)candidates%%@*} ;;
        partition) compadd -- ${(u)$(sinfo --noheader --format %R 2>/dev/null)} ;;
        program) _command_names -e ;;
        '='*) compadd -- ${=expected#=} ;;
    esac
}

compdef _vsc_venv vsc-venv
