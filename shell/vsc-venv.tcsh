# vsc-venv as a command of tcsh. Usage: eval "`vsc-venv init tcsh`"
#
# Sourced by the alias with what was typed behind it. $__vsc_venv_shim is vsc-venv itself, $__vsc_venv_more the directory of this
# file. A bash finds out what is to be changed, and prints it as commands (for.bash).

set __vsc_venv_newline = '\
'
@ __vsc_venv_status = 130
if ( ! $?__vsc_venv_state ) set __vsc_venv_state = ( '' '' '' '' '' )
if ( ! $?__vsc_venv_aliases ) set __vsc_venv_aliases = ( )
set __vsc_venv_first = ''
if ( $#argv ) set __vsc_venv_first = $argv[1]:q

# Options alone change this shell; a command's name, and what only prints something, go to the program.
if ( $__vsc_venv_first:q !~ -* || $__vsc_venv_first:q =~ {-h,--help,-v,--version} ) then
    /bin/bash -p $__vsc_venv_shim:q $argv:q
    set __vsc_venv_status = $status
else
    if ( $?VIRTUAL_ENV && $__vsc_venv_state[2]:q == '' ) then
        # Another environment is active, which comes back after ours: with the means to leave it.
        set __vsc_venv_alias = "`alias deactivate`"
    else if ( $?VIRTUAL_ENV && $__vsc_venv_first:q =~ {-d,--deactivate} ) then
        # One that was activated on top of ours is left by its own means, as ours is by this.
        if ( $VIRTUAL_ENV:q != $__vsc_venv_entered:q ) then
            deactivate
        endif
    endif
    set __vsc_venv_typed = ''
    foreach __vsc_venv_word ( $argv:q )
        set __vsc_venv_typed = $__vsc_venv_typed:q$__vsc_venv_newline:q$__vsc_venv_word:q
    end
    # An alias, since words that are substituted in it are not read once more. Only its bash sees what it exports.
    # Before that it tells which aliases there are, but for those of modules; here that would take another process.
    alias __vsc_venv_ask 'unalias "" $__vsc_venv_aliases; alias; \
        setenv __VSC_VENV_TYPED $__vsc_venv_typed:q; setenv __VSC_VENV_STATE_1 $__vsc_venv_state[2]:q; setenv __VSC_VENV_STATE_2 $__vsc_venv_state[3]:q; \
        setenv __VSC_VENV_STATE_3 $__vsc_venv_state[4]:q; setenv __VSC_VENV_STATE_4 $__vsc_venv_state[5]:q; \
        exec /bin/bash -p $__vsc_venv_shim:q for $__vsc_venv_more:q tcsh'
    set __vsc_venv_answer = "`__vsc_venv_ask`"
    set __vsc_venv_taken = " $__vsc_venv_answer:q"
    if ( $__vsc_venv_taken:q =~ *'@ __vsc_venv_status = '[0-9]* ) eval "$__vsc_venv_answer[$#__vsc_venv_answer]:q"
    unalias __vsc_venv_ask
    unset __vsc_venv_answer __vsc_venv_taken __vsc_venv_typed __vsc_venv_word
    if ( $__vsc_venv_status == 0 && $__vsc_venv_state[2]:q != '' ) then
        set __vsc_venv_entered = $VIRTUAL_ENV:q
        alias deactivate 'source $__vsc_venv_more:q/vsc-venv.tcsh --deactivate'
        if ( $?prompt && ! $?__vsc_venv_prompt && $__vsc_venv_state[1]:q != '' ) then
            set __vsc_venv_prompt = $prompt:q
            set prompt = $__vsc_venv_state[1]:q$prompt:q
        endif
    else if ( $__vsc_venv_status == 0 ) then
        unalias deactivate
        if ( $?__vsc_venv_alias ) then
            if ( $__vsc_venv_alias:q != '' ) alias deactivate $__vsc_venv_alias:q
            unset __vsc_venv_alias
        endif
        if ( $?__vsc_venv_prompt ) then
            set prompt = $__vsc_venv_prompt:q
            unset __vsc_venv_prompt
        endif
    else if ( $__vsc_venv_state[2]:q == '' ) then
        unset __vsc_venv_alias
    endif
endif
set status = $__vsc_venv_status
