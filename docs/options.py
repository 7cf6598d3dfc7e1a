"""Print docs/reference/options.md, from the program itself: python docs/options.py > docs/reference/options.md."""

from __future__ import annotations

import sys

import commandtree

INTRODUCTION = """# Options

Written by `docs/options.py` from the program itself. Options come in any order; `--option=value` is `--option value`.

## source vsc-venv

`source vsc-venv --activate [OPTIONS]` and `source vsc-venv --deactivate` change the shell; the other two print
something, sourced or executed.
"""

DESCRIBING = """
## What environment is meant

Behind `source vsc-venv --activate`, and behind the commands that say so.
"""

COMMANDS = """
## Commands

`vsc-venv COMMAND [OPTIONS]`, executed. The options of a command go behind it.
"""


def main() -> None:
    """Print the page."""
    parts = [INTRODUCTION, table(commandtree.own_options()), DESCRIBING, table(commandtree.request_options()), COMMANDS]
    sys.stdout.write("".join([*parts, *map(section, commandtree.commands())]))


def section(command: commandtree.Command) -> str:
    """Return what the page says of ``command``."""
    text = f"\n### {command.name}\n\n`{command.name} {command.usage}`\n\n{command.about}\n"
    if command.takes_request:
        text += "\nIt takes the options that say [what environment is meant](#what-environment-is-meant).\n"
    return text + table(command.options)


def table(options: commandtree.Options) -> str:
    """Return ``options`` as a table; nothing where there are none."""
    rows = "".join("| `{}` | {} |\n".format(*(cell.replace("|", "\\|") for cell in option)) for option in options)
    return f"\n| option | what it does |\n|---|---|\n{rows}" if rows else ""


if __name__ == "__main__":
    main()
