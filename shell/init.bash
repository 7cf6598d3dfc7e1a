# shellcheck shell=bash
# Sourced by vsc-venv where it was executed as `vsc-venv init SHELL`: prints what makes `vsc-venv` a command of SHELL that can
# change it. $__vsc_self is vsc-venv, $__vsc_more the directory of this file. Without Python, since shells run it as they start.
#
# shellcheck disable=SC2016  # what stands in single quotes is for SHELL to expand
# shellcheck disable=SC2154  # vsc-venv sets $__vsc_self

# Usage: __vsc_quoted SHELL TEXT: print the text as one word. Even in quotes, fish sees backslashes and tcsh its history.
__vsc_quoted() {
    local seen=''
    case $1 in fish) seen='s/\\/&&/g' ;; tcsh) seen='s/!/\\&/g' ;; esac
    printf "'%s'" "$(printf %s "$2" | command -p sed -e "$seen" -e "s/'/'\"'\"'/g")"
}

__vsc_shim=$(__vsc_quoted "$2" "$__vsc_self") __vsc_more=$(__vsc_quoted "$2" "$__vsc_more")
case $2 in
    bash | zsh)
        # What begins with an option changes the shell; a command, or nothing, goes to the program.
        # No `builtin`: with it, bash forgets where a failure must not end a shell with `set -e`.
        printf '%s\n' \
            '\unalias vsc-venv 2>/dev/null || \:' \
            'function vsc-venv {' \
            '    case ${1-} in' \
            "        -*) \\. $__vsc_shim \"\$@\" ;;" \
            "        *) /bin/bash -p $__vsc_shim \"\$@\" ;;" \
            '    esac' \
            '}'
        case $2 in
            bash) printf '%s\n' "case \$- in *i*) \\. $__vsc_more/completion.bash ;; esac" ;;
            # Where zsh completes anything at all.
            zsh) printf '%s\n' "[[ -z \${functions[compdef]-} ]] || \\. $__vsc_more/completion.zsh" ;;
        esac
        ;;
    fish)
        printf '%s\n' "set -g __vsc_venv_shim $__vsc_shim" "set -g __vsc_venv_more $__vsc_more" \
            "source $__vsc_more/vsc-venv.fish" "if status is-interactive; source $__vsc_more/completion.fish; end"
        ;;
    tcsh)
        # In one line, which is what tcsh can evaluate.
        printf '%s; ' "set __vsc_venv_shim = $__vsc_shim" "set __vsc_venv_more = $__vsc_more" \
            'alias vsc-venv '\''source $__vsc_venv_more:q/vsc-venv.tcsh \!*'\'
        echo
        ;;
esac
