"""Conditions as a shell checks them: builtins only, no other process, nothing written.

The text is sourced by the shim with the words typed as arguments, in a function that has the local variables
`__vsc_venvs` (where the environments are), `__vsc_self` (the shim), `__vsc_said` (what to tell the user) and
`__vsc_modules` (modules of zsh to unload). It returns 1 unless all is as it was; else it makes the change. Tests that
need no file come first, and there are few long commands rather than many short ones, which are slower.

What large files must hold stands behind the last command, after zero bytes: a shell reads that faster than it parses a
word. The text finds itself by the local variables `__vsc_place`, its directory, and `__vsc_n`, its number.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from vscvenv.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from vscvenv.fresh import Conditions

_LARGE = 10_000
"""Characters from which on it takes less time to read what is to be compared than to parse it."""
_OR_RETURN = " ||\n    \\builtin return 1\n"
# What is empty where a variable is not there; and the test that it is exported, may be changed, and has its value. zsh
# always has some lists that it ties to arrays, as MANPATH: those that are not exported are not there for others.
_VARIABLES = {
    "bash": ("${{{0}+x}}${{{0}@a}}", "${{{0}@a}}:${0} = x:{1}"),
    "zsh": ("${{${{(t){0}}}:#scalar-tied(|-unique)(|-special)}}", "${{(t){0}}} = scalar(|-tied)-export* && ${0} = {1}"),
}
# zsh before 5.6 tells times in seconds only; there stamps are compared as in bash, where what is missing is not older.
# Of a file that is gone zstat tells /dev/null: were standard error closed, zsh would later say that it cannot write.
_ZSH_TIMES = r"""case $ZSH_VERSION in
    [0-4].* | 5.[0-5] | 5.[0-5].*)
        while [ "${{#__vsc_files}}" != 0 ]; do
            __vsc_text={stamps}/$__vsc_times[1]
            [[ -e $__vsc_files[1] && -e $__vsc_text ]] || \builtin return 1
            [[ $__vsc_files[1] -nt $__vsc_text || $__vsc_files[1] -ot $__vsc_text ]] && \builtin return 1
            \builtin shift __vsc_files __vsc_times
        done
        ;;
    *)
        \builtin zmodload -e zsh/stat || {{ \builtin zmodload zsh/stat && __vsc_modules+=(zsh/stat); }} ||
            \builtin return 1
        \builtin zstat -g -A __vsc_found -F %Y%m%d%H%M%S%9. +mtime -- $__vsc_files 2>/dev/null || \builtin return 1
        [ "$__vsc_found[*]" = "$__vsc_times[*]" ] || \builtin return 1
        ;;
esac
"""


def render(these: Conditions, shell: str, stem: Path, stamps: Path, message: str) -> str:
    """Return the script for ``shell``, ``bash`` or ``zsh``, that leads to the change ``stem`` where ``these`` hold.

    ``stamps`` holds files that carry modification times; ``message`` is what to tell the user afterwards.
    """
    script = quote(f"{stem}.{shell}")
    render_rest, kept = (_bash, _kept_for_bash) if shell == "bash" else (_zsh, "".join)
    return "".join(
        (
            _all(_words(these.words)),
            _runs(these.words),
            *render_rest(these, stamps),
            f"[ -O {script} ]{_OR_RETURN}",
            f'__vsc_said={quote(message)}\n\\builtin . {script} "$__vsc_self" compared\n',
            "\\builtin return\n\0",
            kept(_large(these)),
        )
    )


def stamp(these: Conditions, stamps: Path) -> None:
    """Make the files that carry the modification times. Raises OSError where this file system cannot do it exactly."""
    stamps.mkdir(parents=True, exist_ok=True)
    for moment in {moment for moment in these.files.values() if moment is not None}:
        carrier = stamps / _name(moment)
        if not carrier.exists():
            carrier.touch()
            os.utime(carrier, ns=(moment, moment))
        if carrier.stat().st_mtime_ns != moment:
            raise OSError(0, "its time stamps are too coarse", str(stamps))


def _name(moment: int) -> str:
    """Return a time in nanoseconds as zsh tells it without looking for the time zone; stamps are called so."""
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(moment // 10**9)) + f"{moment % 10**9:09}"


def _all(tests: Iterable[str]) -> str:
    return "[[ " + " &&\n    ".join(tests) + f" ]]{_OR_RETURN}"


def _words(words: tuple[str, ...]) -> Iterator[str]:
    """Yield the tests of the words typed; those of `run` are followed by any command."""
    yield f"$# {'-gt' if words[:1] == ('run',) else '-eq'} {len(words)}"
    yield from (f"${{{number}}} = {quote(word)}" for number, word in enumerate(words, start=1))


def _runs(words: tuple[str, ...]) -> str:
    """Return the tests of what follows the words of `run`: a command, which begins with no option."""
    if words[:1] != ("run",):
        return ""
    count = len(words)
    return (
        f'case ${{{count + 1}}} in --) [ "$#" -gt {count + 1} ] ;; -*) \\builtin false ;; esac{_OR_RETURN}'
        f'[ -n "${{__vsc_words-}}" ] && __vsc_words={count}{_OR_RETURN}'
    )


def _bash(these: Conditions, stamps: Path) -> Iterator[str]:
    # It would make comparisons blind to case.
    yield f"! \\builtin shopt -q nocasematch{_OR_RETURN}"
    yield _all(_start(these, "bash"))
    for prefix, count in these.counts.items():
        yield f'__vsc_found=("${{!{prefix}@}}") && [ "${{#__vsc_found[@]}}" = {count} ]{_OR_RETURN}'
    yield _all(_places(these))
    yield from _contents_bash(these)
    yield "\\builtin mapfile -n 40 __vsc_found </proc/cpuinfo\n"
    yield f"[[ ${{__vsc_found[*]}} = {_cpu(these)} ]]{_OR_RETURN}"
    yield f"__vsc_text={quote(str(stamps))}\n{_all(_times(these))}"


def _contents_bash(these: Conditions) -> Iterator[str]:
    large = _large(these)
    if large:
        yield "\\builtin local -a __vsc_kept\n"
        yield "\\builtin mapfile -d '' __vsc_kept <\"$__vsc_place/$__vsc_n.bash\"\n"
    for path, content in _contents(these).items():
        word = f'"${{__vsc_kept[{large.index(content) + 1}]}}"' if content in large else quote(_joined(content))
        lines = content.count("\n")
        if content.endswith("\n"):
            # The quickest way. A line with a zero byte ends there, without a newline.
            yield f"\\builtin mapfile __vsc_found <{quote(path)} &&\n    "
            yield f"[[ ${{#__vsc_found[@]}}:${{__vsc_found[*]}} = {lines}:{word} ]]{_OR_RETURN}"
        else:
            # It ends at a zero byte, and says whether it met one.
            yield f"! IFS= \\builtin read -r -d '' __vsc_text <{quote(path)} &&\n    "
            yield f"[[ $__vsc_text = {word} ]]{_OR_RETURN}"


def _kept_for_bash(contents: Iterable[str]) -> str:
    return "\0".join(map(_joined, contents))


def _joined(content: str) -> str:
    """Return what a file must hold as bash compares it: where each line ends, with a blank between them."""
    return content[:-1].replace("\n", "\n ") + "\n" if content.endswith("\n") else content


def _zsh(these: Conditions, stamps: Path) -> Iterator[str]:
    yield _all(_start(these, "zsh"))
    for prefix, count in these.counts.items():
        yield f'__vsc_found=(${{(k)parameters[(I){prefix}*]}}) && [ "${{#__vsc_found}}" = {count} ]{_OR_RETURN}'
    yield _all(_places(these))
    load = r"\builtin zmodload zsh/system && __vsc_modules+=(zsh/system)"
    yield f"\\builtin zmodload -e zsh/system || {{ {load}; }}{_OR_RETURN}"
    yield from _contents_zsh(these)
    yield "\\builtin sysread -s 4096 __vsc_text </proc/cpuinfo\n"
    yield f"[[ ${{__vsc_text//$'\\n'/$'\\n '}} = {_cpu(these)} ]]{_OR_RETURN}"
    timed = {path: _name(moment) for path, moment in these.files.items() if moment is not None}
    yield f"\\builtin local -a __vsc_files __vsc_times\n__vsc_files=({' '.join(map(quote, timed))})\n"
    yield f"__vsc_times=({' '.join(timed.values())})\n{_ZSH_TIMES.format(stamps=quote(str(stamps)))}"


def _contents_zsh(these: Conditions) -> Iterator[str]:
    large = _large(these)
    if large:
        size = sum(len(os.fsencode(content)) for content in large)
        yield f"\\builtin local __vsc_kept\n{{\n\\builtin sysseek -w end -{size}{_OR_RETURN}"
    for path, content in _contents(these).items():
        # One byte more than there may be, so that all is read at once; at the end of an empty file it fails.
        size = len(os.fsencode(content))
        yield f"__vsc_text=; \\builtin sysread -s {size + 1} __vsc_text <{quote(path)}\n"
        yield f"\\builtin sysread -s {size} __vsc_kept\n" if content in large else ""
        word = '"$__vsc_kept"' if content in large else quote(content)
        yield f"[[ $__vsc_text = {word} ]]{_OR_RETURN}"
    yield '} <"$__vsc_place/$__vsc_n.zsh"\n' if large else ""


def _start(these: Conditions, shell: str) -> Iterator[str]:
    """Yield the tests of the directory and of the variables: each exported and nothing else, or not there at all."""
    absent, exported = _VARIABLES[shell]
    yield f"$PWD = {quote(these.directory)}"
    unset = [name for name, value in these.variables.items() if value is None]
    yield f"-z {''.join(map(absent.format, unset)) or quote('')}"
    yield from (exported.format(name, quote(value)) for name, value in these.variables.items() if value is not None)


def _places(these: Conditions) -> Iterator[str]:
    """Yield the tests of what must be there, readable, and what must not."""
    link = quote(these.link) if os.path.isabs(these.link) else f"$__vsc_venvs/{quote(these.link)}"  # noqa: PTH117
    yield f"{link} -ef {quote(these.generation)}"
    yield from (f"{quote(name)} -ef {quote(place)}" for name, place in these.links.items())
    yield from (f"-r {quote(path)}" for path in _contents(these))
    yield from (f"! -e {quote(path)}" for path, moment in these.files.items() if moment is None)


def _contents(these: Conditions) -> dict[str, str]:
    return {**these.inputs, "/etc/os-release": these.os_release}


def _large(these: Conditions) -> list[str]:
    return [content for content in _contents(these).values() if len(content) > _LARGE]


def _cpu(these: Conditions) -> str:
    """Return a pattern for the first lines of /proc/cpuinfo, each with a blank before it."""
    return "*" + "*".join(quote(f" {line}\n") for line in these.cpu.splitlines()) + "*"


def _times(these: Conditions) -> Iterator[str]:
    """Yield the tests of modification times for bash; it holds what is missing to be older, unless the stamp is too."""
    for path, moment in these.files.items():
        if moment is None:
            continue
        if os.path.dirname(path) not in these.files:  # noqa: PTH120  # else that one tells when it goes
            yield f"-e {quote(path)}"
        yield f"! {quote(path)} -nt $__vsc_text/{_name(moment)}"
        yield f"! {quote(path)} -ot $__vsc_text/{_name(moment)}"
