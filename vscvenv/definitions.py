"""What modules do to a shell beside setting variables: aliases, functions, completions, and commands of their own.

The tools print shell code. It is split into statements here, each of a form that the tools are known to print; what is
none of these is a command that a modulefile gave, and nobody but a shell knows what it does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Optional

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# A word as the tools quote it: nothing in it is expanded.
_WORD = r"""(?:\\.|"(?:\\.|[^"\\$`])*"|'[^']*'|[^\s\\"'$`;&|<>(){}*?])*"""
_EXPORT = rf"(?P<exported>\w+)={_WORD};\s+export\ (?P=exported);"
_QUIETLY = r"(?:\ 2>\ ?/dev/null\ \|\|\ true)?"
_END = r"test\ 0(?:\ =\ 1)?;|(?:true|false);?"
_STATEMENT = re.compile(
    rf"""
    (?: {_EXPORT} | {_END} | unset\ \w+;
      | alias\ (?P<alias>[\w.:+-]+)=(?P<value>{_WORD});
      | unalias\ (?P<unalias>[\w.:+-]+){_QUIETLY};
      | (?P<body>(?P<function>[\w.:+-]+)\ \(\)\ \{{\ .*?\}};(?:\ export\ -f\ (?P=function);)?)
      | unset\ -f\ (?P<forget>[\w.:+-]+){_QUIETLY};
      | (?:\[\[\ -n\ "\$\{{BASH_VERSION:-\}}"\ \]\]\ &&\ )?complete\ (?P<complete>-[^\n]*?)\ ?(?P<completed>[\w.:+-]+);
    )[ ]*(?:\n|\Z)""",
    re.VERBOSE | re.DOTALL,
)
_NO_COMMANDS = re.compile(rf"^(?:{_EXPORT}|{_END})\s*(?:\n|\Z)", re.VERBOSE | re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Definitions:
    """Aliases, functions and completions by name, as the tool has them: value, code, options; None: to be removed."""

    aliases: Mapping[str, Optional[str]] = field(default_factory=dict)
    functions: Mapping[str, Optional[str]] = field(default_factory=dict)
    completions: Mapping[str, Optional[str]] = field(default_factory=dict)
    commands: str = ""
    """All else, to be run in a shell: nobody knows what it does."""
    undo: str = ""
    """What is to be run in a shell that leaves the modules."""

    def __bool__(self) -> bool:
        return bool(self.aliases or self.functions or self.completions or self.commands)


NONE = Definitions()


def read(codes: Iterable[str]) -> Definitions:
    """Return what all of ``codes``, as a modules tool printed them one after the other, define in the end."""
    aliases: dict[str, Optional[str]] = {}
    functions: dict[str, Optional[str]] = {}
    completions: dict[str, Optional[str]] = {}
    commands = []
    for code in codes:
        position = 0
        while found := _STATEMENT.match(code, position):
            position = found.end()
            part = found.groupdict()
            if name := part["alias"] or part["unalias"]:
                aliases[name] = part["value"]
            elif name := part["function"] or part["forget"]:
                functions[name] = part["body"]
            elif name := part["completed"]:
                completions[name] = None if part["complete"] == "-r" else part["complete"]
        # Both tools print what modulefiles give them last; it may be anything, so that it is taken as it is.
        commands.append(_NO_COMMANDS.sub("", code[position:]).strip())
    return Definitions(aliases, functions, completions, "\n".join(filter(None, commands)))
