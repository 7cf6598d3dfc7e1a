"""A recorded change: the data, and the scripts for bash and zsh that make it.

A script is one text, data/replay.sh, with the few expressions filled in that differ between the shells. Everything that
is data is a variable's name, which is checked to be one, or quoted.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Optional

from vscvenv import definitionscript
from vscvenv.definitions import NONE, Definitions
from vscvenv.environ import Change, is_ours_to_change
from vscvenv.files import read_json, write
from vscvenv.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

MARKER = "VSC_VENV_CHANGE"
"""The exported variable that names the recorded change which is active."""
NOT_COMPARED = "_ModuleTable"
"""How the names of Lmod's table begin: it carries timings. What else it says is said by other variables too."""

SHELLS = ("bash", "zsh")
_EVERY_NAME = " ".join(f"${{!{first}@}}" for first in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
# zsh ties lists of paths to arrays, MANPATH by itself and others for who asks for it; to unset one would end that.
_TIED = r"""\builtin local -a __vsc_tied && __vsc_tied=(${(k)parameters[(R)*tied*]})
    __vsc_tied=(${${=NAME}:*__vsc_tied})"""

_EXPRESSIONS: dict[str, dict[str, str]] = {
    "bash": {
        "PRELUDE": r"\builtin local -; \builtin set +aefkuvxCET; \builtin local IFS=$' \t\n'",
        "ALL": _EVERY_NAME,
        "WORDS": "$NAME",
        "TYPE": "${!NAME@a}",
        "SET": "${!NAME+set}",
        "VALUE": "${!NAME}",
        "READONLY": "*r*",
        "EXPORTED": "*x*",
        "LOOK_AT_TIED": ":",
        "TIED": "tied",
        "UNSET": r'\builtin eval "\\builtin unset -v $NAME"',
    },
    "zsh": {
        "PRELUDE": r"\builtin emulate -L zsh; \builtin local IFS=$' \t\n'",
        "ALL": "${(k)parameters[(R)*export*]}",
        "WORDS": "${=NAME}",
        "TYPE": "${(Pt)NAME}",
        "SET": "${(P)NAME+set}",
        "VALUE": "${(P)NAME}",
        "READONLY": "*readonly*",
        "EXPORTED": "*export*",
        "LOOK_AT_TIED": f'{_TIED}\n    __vsc_look+=" $__vsc_tied"',
        "TIED": "*tied*",
        "UNSET": rf"""{_TIED}
        \builtin unset -v ${{${{=NAME}}:|__vsc_tied}}
        for __vsc_n in $__vsc_tied; do
            \builtin typeset -g +x $__vsc_n && \builtin eval "$__vsc_n="
        done""",
    },
}


@dataclass(frozen=True)
class Replay:
    """A recorded change on disk: ``STEM.json``, ``STEM.bash`` and ``STEM.zsh``."""

    stem: Path

    @property
    def change(self) -> Change:
        """The change as data. Raises OSError, KeyError or ValueError where the file is gone or not one of ours."""
        data = read_json(self.stem.with_suffix(".json"))
        before, after = (_values(data[when]) for when in ("before", "after"))
        if not after or before.keys() != after.keys():
            raise ValueError(self.stem)
        return Change(before, after)


def _values(data: Any) -> dict[str, Optional[str]]:
    if not isinstance(data, dict) or not all(value is None or isinstance(value, str) for value in data.values()):
        raise ValueError(data)
    return {name: value for name, value in data.items() if is_ours_to_change(name)}


def save(change: Change, directory: Path, prompt: str, definitions: Definitions = NONE) -> Replay:
    """Write ``change`` below ``directory`` under a name made from what it is, so that an equal one is written once.

    The marker becomes part of it. ``prompt`` is what stands before the user's own prompt, ``definitions`` what else the
    modules do. Raises OSError.
    """
    # Who made it is part of it: a shell runs nothing that belongs to somebody else.
    parts = [str(os.geteuid()), *(render(change, shell, prompt, definitions) for shell in SHELLS)]
    stem = directory / sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    marked = _marked(change, stem)
    texts = {f".{shell}": render(marked, shell, prompt, definitions) for shell in SHELLS}
    texts[".json"] = _data(marked)
    if all(_holds(stem.with_suffix(suffix), text) for suffix, text in texts.items()):
        with suppress(OSError):
            os.utime(stem.with_suffix(".json"))
    else:
        for suffix, text in texts.items():
            write(stem.with_suffix(suffix), text)
    return Replay(stem)


def _marked(change: Change, stem: Path) -> Change:
    return Change({**change.before, MARKER: None}, {**change.after, MARKER: str(stem)})


def _data(change: Change) -> str:
    return json.dumps({"before": dict(change.before), "after": dict(change.after)}, indent=1)


def _holds(file: Path, text: str) -> bool:
    try:
        return file.read_bytes() == text.encode("utf-8", "surrogateescape")
    except OSError:
        return False


def keep(change: Change, stem: Path) -> Change:
    """Write ``change`` as data only, where that says something else, and return it with the marker. Raises OSError."""
    marked = _marked(change, stem)
    if not _holds(file := stem.with_suffix(".json"), text := _data(marked)):
        write(file, text)
    return marked


def kept(stem: Path) -> Optional[Change]:
    """Return the change that ``keep`` wrote, without the marker, or None."""
    with suppress(OSError, ValueError, KeyError):
        change = Replay(stem).change
        names = change.after.keys() - {MARKER}
        return Change({n: change.before[n] for n in names}, {n: change.after[n] for n in names})
    return None


def render(change: Change, shell: str, prompt: str, definitions: Definitions) -> str:
    """Return the script that makes ``change`` in ``shell``, ``bash`` or ``zsh``."""
    expressions = _EXPRESSIONS[shell]
    data = {
        "SHELL": shell,
        "NAMES": " ".join(change.after),
        "CHANGE": assignments(change.after),
        "DEFINE": definitionscript.define(definitions, shell),
        "FORGET": definitionscript.forget(definitions, shell),
        "LISTS": " ".join(f'{name} "${name}"' for name in change.after if change.is_list(name)),
        "PROMPT": quote(prompt),
        "NOT_COMPARED": " ".join(name for name in change.after if name.startswith(NOT_COMPARED)),
    }

    def fill(marker: re.Match[str]) -> str:
        kind, _, name = marker[1].partition(":")
        return data[kind] if kind in data else expressions[kind].replace("NAME", name)

    return re.sub(r"@([A-Z_]+(?::\w+)?)@", fill, _template())


def plain(change: Change, functions: Iterable[str] = ()) -> str:
    """Return a script that makes ``change`` and leaves no trace of its own, for a shell that only leaves something.

    It forgets ``functions`` too.
    """
    forget = "".join(f"\\builtin unset -f {name} 2>/dev/null\n" for name in functions)
    return f'[ "$1" != check ] || \\builtin return 0\n{assignments(change.after)}\n{forget}\\builtin :\n'


def assignments(values: Mapping[str, str | None]) -> str:
    """Return the commands that give exported variables these values; None unsets."""
    exported = [f"{name}={quote(value)}" for name, value in values.items() if value is not None]
    unset = [name for name, value in values.items() if value is None]
    # As assignments they are several times faster than as arguments of `export`.
    commands = [r"\builtin set -a", " \\\n    ".join(exported), r"\builtin set +a"] if exported else []
    return "\n    ".join(commands + ([r"\builtin unset -v " + " ".join(unset)] if unset else []))


def _template() -> str:
    return (files("vscvenv") / "data/replay.sh").read_text(encoding="utf-8")
