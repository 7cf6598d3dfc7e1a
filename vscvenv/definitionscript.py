"""Definitions as code for a shell: to make them, and to take them back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vscvenv.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vscvenv.definitions import Definitions

_FORGET = r"""\builtin set -- "${__vsc_venv_defined[@]}"
while [ "$#" -gt 0 ]; do
    case $1:$3 in
        alias:x) \builtin alias "$2=$4" ;;
        alias:) \builtin unalias "$2" 2>/dev/null ;;
        function:*)
            # One that is exported would stay so with another body.
            \builtin unset -f "$2" 2>/dev/null
            \builtin eval "$4" >/dev/null
            ;;
    esac
    \builtin shift 4
done
\builtin unset -v __vsc_venv_defined
"""


def define(these: Definitions, shell: str) -> str:
    """Return the code that notes in `__vsc_venv_defined` what ``shell`` has, and then makes ``these``."""
    if not these:
        return ""
    return "\n".join(("__vsc_venv_defined=()", *_note(these, shell), *_make(these, shell), ""))


def forget(these: Definitions, shell: str) -> str:
    """Return the code that gives back what was noted, and does what modulefiles have done when they are unloaded."""
    if not these:
        return ""
    names = these.completions if shell == "bash" else ()
    lines = [rf"\builtin complete -r {name} 2>/dev/null" for name in names]
    return "\n".join((*lines, _FORGET + _run(these.undo)))


def _note(these: Definitions, shell: str) -> Iterator[str]:
    """Yield commands that note the kind of each definition, its name, x where there is one, and how it is made."""
    table = "BASH_ALIASES" if shell == "bash" else "aliases"
    for name in these.aliases:
        yield f'__vsc_venv_defined+=(alias {name} "${{{table}[{name}]+x}}" "${{{table}[{name}]-}}")'
    for name in these.functions:
        yield rf"\builtin typeset -f {name} >/dev/null &&"
        yield f'    __vsc_venv_defined+=(function {name} x "$(\\builtin typeset -fp {name})") ||'
        yield f"    __vsc_venv_defined+=(function {name} '' '')"


def _make(these: Definitions, shell: str) -> Iterator[str]:
    for name, value in these.aliases.items():
        yield rf"\builtin unalias {name} 2>/dev/null" if value is None else rf"\builtin alias {name}={value}"
    for name, code in these.functions.items():
        if code is None:
            yield rf"\builtin unset -f {name}"
        else:
            yield _run(code if shell == "bash" else re.sub(r" export -f [^ ]*\Z", "", code))
    for name, options in these.completions.items() if shell == "bash" else ():
        yield rf"\builtin complete {'-r' if options is None else options} {name} 2>/dev/null"
    yield _run(these.commands)


def _run(code: str) -> str:
    """Return a command that runs ``code``, which may be wrong for this shell without the rest being so."""
    return rf"\builtin eval {quote(code)}" if code else r"\builtin :"
