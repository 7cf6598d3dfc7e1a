"""Print man/vsc-venv.1, from the program itself: python docs/manpage.py > man/vsc-venv.1."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import commandtree

from vscvenv import __version__

_CODES = Path(__file__).with_name("reference") / "exit-codes.md"
_START = """.TH VSC-VENV 1 "" "vsc-venv {version}" "User Commands"
.SH NAME
vsc-venv \\- Python environments on top of a cluster's modules
.SH SYNOPSIS
.nf
source vsc-venv \\-\\-activate [OPTIONS]
source vsc-venv \\-\\-deactivate
vsc-venv COMMAND [OPTIONS]
.fi
.SH DESCRIPTION
One environment for each operating system and microarchitecture, below
.IR venvs/ ,
with what the requirements files ask for and the modules do not provide. Sourced in bash or zsh, it activates the one
for this node, built before where there is none; executed, it runs one of the commands below.
.SH OPTIONS
"""


def main() -> None:
    """Print the page."""
    parts = [_START.format(version=__version__), entries(commandtree.own_options())]
    parts += [".SH WHAT ENVIRONMENT IS MEANT\nBehind \\-\\-activate, and behind the commands that say so.\n"]
    parts += [entries(commandtree.request_options()), ".SH COMMANDS\n", *map(section, commandtree.commands())]
    parts += [".SH EXIT STATUS\n", entries(exit_codes())]
    sys.stdout.write("".join(parts))


def section(command: commandtree.Command) -> str:
    """Return what the page says of ``command``."""
    more = "Takes the options that say what environment is meant.\n" if command.takes_request else ""
    return f".SS {roff(command.name)} {roff(command.usage)}\n{roff(command.about)}\n{more}{entries(command.options)}"


def entries(options: commandtree.Options) -> str:
    """Return ``options`` as paragraphs with a tag."""
    return "".join(f".TP\n.B {roff(name)}\n{roff(about)}\n" for name, about in options)


def exit_codes() -> commandtree.Options:
    """Return the table of the reference."""
    return re.findall(r"^\| (\d[^|]*) \| (.*) \|$", _CODES.read_text("utf-8"), re.MULTILINE)


def roff(text: str) -> str:
    """Return ``text`` with nothing in it that roff would take for its own."""
    return re.sub(r"^(?=[.'])", r"\\&", text.replace("\\", "\\e").replace("-", "\\-"), flags=re.MULTILINE)


if __name__ == "__main__":
    main()
