# Rendered by vsc-venv for @SHELL@. Sourced by the shim in one of its functions.
# Usage: . THIS check    fail, and say why, if the change cannot be made in this shell; nothing is changed yet
#        . THIS SELF [compared]
#                        make the change; SELF is the shim, which `deactivate` may need. Variables whose values were compared
#                        are known to be exported, with no other attribute, or unset: only the others are looked at.

\builtin local __vsc_n='' __vsc_look='' __vsc_names=' @NAMES@ '
__vsc_look=$__vsc_names
if [ "${2-}" = compared ]; then
    __vsc_look=' @NOT_COMPARED@'
    @LOOK_AT_TIED:__vsc_names@
fi
for __vsc_n in @WORDS:__vsc_look@; do
    case @TYPE:__vsc_n@ in
        @READONLY@)
            \builtin printf 'vsc-venv: error: $%s is read-only in this shell, and activating must set it\n' "$__vsc_n" >&2
            \builtin return 1
            ;;
    esac
done
[ "$1" != check ] || \builtin return 0

# All of it is read before any of it is done.
{
    # What is there now, to give it back: name, x (exported) or + (set), value.
    __vsc_venv_was=()
    for __vsc_n in @ALL@; do
        case $__vsc_n:@TYPE:__vsc_n@ in
            _:* | PWD:* | OLDPWD:* | SHLVL:* | PS1:*) ;;
            *:@EXPORTED@) __vsc_venv_was+=("$__vsc_n" x "@VALUE:__vsc_n@") ;;
        esac
    done
    for __vsc_n in @WORDS:__vsc_look@; do
        case @SET:__vsc_n@:@TYPE:__vsc_n@ in
            set:@EXPORTED@) ;;
            set:*) __vsc_venv_was+=("$__vsc_n" + "@VALUE:__vsc_n@") ;;
        esac
    done
    __vsc_venv_touched=$__vsc_names
    @CHANGE@
    @DEFINE@
    __vsc_venv_lists=(@LISTS@)
    __vsc_venv_self=$1
    __vsc_venv_change=$VSC_VENV_CHANGE
    __vsc_venv_modules=${LOADEDMODULES-}:${_LMFILES_-}:${MODULEPATH-}
    __vsc_venv_prompt=@PROMPT@
    if [ -n "${PS1+set}" ] && [ -z "${VIRTUAL_ENV_DISABLE_PROMPT-}" ]; then
        PS1=$__vsc_venv_prompt$PS1
    fi

    # ---- leaving (shell/for.bash keeps what follows, but for the last line, for shells that cannot)
    # As every Python user knows it. Another environment's activate script puts its own in this place.
    deactivate() { __vsc_venv_deactivate; }
    __vsc_venv_deactivate() {
        @PRELUDE@
        \builtin local __vsc_owned='' __vsc_n
        \builtin local -a __vsc_around
        __vsc_around=()
        if [ "${LOADEDMODULES-}:${_LMFILES_-}:${MODULEPATH-}" != "$__vsc_venv_modules" ]; then
            # Modules came or went meanwhile: what they set goes as well, what they took comes back.
            __vsc_owned=$(/bin/bash -p "$__vsc_venv_self" owned-by-modules) ||
                \builtin printf 'vsc-venv: warning: variables of modules that were loaded meanwhile may stay\n' >&2
            for __vsc_n in @WORDS:__vsc_owned@; do
                case $__vsc_n in
                    alias:*) \builtin unalias "${__vsc_n#*:}" 2>/dev/null ;;
                    function:*) \builtin unset -f "${__vsc_n#*:}" 2>/dev/null ;;
                    completion:*) \builtin complete -r "${__vsc_n#*:}" 2>/dev/null ;;
                    *) \builtin unset -v "$__vsc_n" ;;
                esac
            done
            __vsc_owned=" $__vsc_owned "
        else
            # What the user put before or behind a list of paths meanwhile stays there.
            \builtin set -- "${__vsc_venv_lists[@]}"
            while [ "$#" -gt 0 ]; do
                __vsc_n=$1
                case :@VALUE:__vsc_n@: in
                    ":$2:") ;;
                    *":$2:"*) __vsc_n=:@VALUE:__vsc_n@: && __vsc_around+=("$1" "${__vsc_n%%":$2:"*}" "${__vsc_n#*":$2:"}") ;;
                esac
                \builtin shift 2
            done
        fi
        @UNSET:__vsc_venv_touched@
        \builtin set -- "${__vsc_venv_was[@]}"
        while [ "$#" -gt 0 ]; do
            __vsc_n=$1
            # Ours, a module's, or gone with modules that are: what else the user changed meanwhile is the user's.
            case $__vsc_venv_touched$__vsc_owned::${__vsc_owned:+gone}@SET:__vsc_n@ in
                *" $1 "*::* | *::gone)
                    case @TYPE:__vsc_n@ in @TIED@) ;; *) \builtin unset -v "$1" ;; esac
                    case $2 in
                        x) \builtin export "$1=$3" ;;
                        +) \builtin eval "$1=\$3" ;;
                    esac
                    ;;
            esac
            \builtin shift 3
        done
        \builtin set -- "${__vsc_around[@]}"
        while [ "$#" -gt 0 ]; do
            __vsc_n=$1
            __vsc_n=$2:@VALUE:__vsc_n@:$3
            __vsc_n=${__vsc_n//::/:} && __vsc_n=${__vsc_n#:}
            \builtin export "$1=${__vsc_n%:}"
            \builtin shift 3
        done
        @FORGET@
        case ${PS1-} in "$__vsc_venv_prompt"*) PS1=${PS1#"$__vsc_venv_prompt"} ;; esac
        \builtin unset -v __vsc_venv_was __vsc_venv_touched __vsc_venv_lists __vsc_venv_self __vsc_venv_change \
            __vsc_venv_modules __vsc_venv_prompt
        \builtin unset -f deactivate __vsc_venv_deactivate 2>/dev/null
        \builtin return 0
    }
}
