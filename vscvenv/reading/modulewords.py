"""What the words in a modules file mean, and what to do about those that cannot be meant."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["load", "unload", "swap", "use", "unuse", "purge"]

VERBS: dict[str, Kind] = {
    "load": "load",
    "add": "load",
    "unload": "unload",
    "rm": "unload",
    "remove": "unload",
    "del": "unload",
    "swap": "swap",
    "switch": "swap",
    "sw": "swap",
    "use": "use",
    "unuse": "unuse",
    "purge": "purge",
}
"""Sub-commands of Lmod and Environment Modules that change what is loaded, by what they do."""

IGNORED = re.compile(
    r"list|li|avail|av|spider|show|display|whatis|help|keyword|key|apropos|search|overview|is-loaded|is-avail|"
    r"savelist|describe|save|refresh|update"
)
"""Sub-commands that change nothing here: left out with a notice."""

_LIST_THEM = "List the modules themselves: 'module list' shows what it loads."
REFUSED = {
    "restore": _LIST_THEM,
    "reset": "Leave it out: the site's own modules are kept in any case.",
    "source": _LIST_THEM,
    "try-load": "Write 'load' where the module is needed, else leave the line out.",
    "try-add": "Write 'load' where the module is needed, else leave the line out.",
    "load-any": "Write the one module that is meant.",
}
"""Sub-commands whose result differs from user to user or from node to node."""

_SHELL = re.compile(
    r"export|source|\.|cd|set|unset|echo|if|then|else|fi|for|do|done|while|case|esac|alias|eval|exec|exit|return|\[|"
    r"function|srun|sbatch|mpirun"
)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=(?!=)")
_REQUIREMENT = re.compile(r"[\w.\]-]+(?:[=!<>~]=|[<>]\d)")
_NAME = re.compile(r"[\w+.,/~@:=%][\w+.,/~@:=%-]*", re.ASCII)
_WHY = (
    (";&|", "Shell syntax is not run: write one command a line, not joined by ; && or |."),
    ("$`", "Shell syntax is not run: write the full name of the module."),
    ("<>", "Shell syntax is not run: only a redirection at the end of a line is left out."),
    ("\"'", "Leave out the quotes."),
    ("*?[]{}!", "Patterns are not expanded: write out each module."),
    ("()", "Leave out the marks that 'module avail' and 'module list' print, such as (D)."),
)


def remedy(word: str) -> str:
    """Return why ``word`` cannot be the name of a module, as what to do about it; nothing where it can."""
    if _REQUIREMENT.match(word):
        return "That is a Python requirement: put it into the requirements file (--requirements)."
    for characters, why in _WHY:
        if any(character in word for character in characters):
            return why
    return "" if _NAME.fullmatch(word) else "A name consists of letters, digits and _ + - . , / ~ @ : = %"


def shell_remedy(word: str) -> str:
    """Return what to do where a line starts with ``word`` and is a command of the shell; nothing where it is none."""
    if _SHELL.fullmatch(word) or _ASSIGNMENT.match(word):
        return "Only modules are listed here: run other commands in your script, before or after vsc-venv."
    return ""
