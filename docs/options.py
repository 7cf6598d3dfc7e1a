"""Print docs/reference/options.md, from the program itself: python docs/options.py > docs/reference/options.md."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from vscvenv.cli import cli

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
    context = click.Context(cli, info_name="vsc-venv", **cli.context_settings)
    describing = _names(cli.commands["prepare"])
    sys.stdout.write(INTRODUCTION)
    sys.stdout.writelines(_table(one for one in _options(cli, context) if one.name not in describing))
    sys.stdout.write(DESCRIBING)
    sys.stdout.writelines(_table(one for one in _options(cli, context) if one.name in describing))
    sys.stdout.write(COMMANDS)
    for name, command in sorted(cli.commands.items()):
        if not command.hidden:
            sys.stdout.writelines(_command(name, command, describing, context))


def _command(name: str, command: click.Command, describing: set[str], parent: click.Context) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=parent)
    words = " ".join(command.collect_usage_pieces(context))
    yield f"\n### vsc-venv {name}\n\n`vsc-venv {name} {words}`\n\n"
    yield re.sub(r"\s*\n\s*", " ", (command.help or "").strip()) + "\n"
    is_describing = describing <= _names(command)
    if is_describing:
        yield "\nIt takes the options that say [what environment is meant](#what-environment-is-meant).\n"
    own = [one for one in command.params if isinstance(one, click.Option)]
    yield from _table(one for one in own if not (is_describing and one.name in describing))


def _table(options: Iterable[click.Option]) -> Iterator[str]:
    rows = []
    for one in options:
        found = one.get_help_record(click.Context(cli))
        if found:
            rows.append("| `{}` | {} |\n".format(found[0].replace("|", "\\|"), found[1].replace("|", "\\|")))
    if rows:
        yield "\n| option | what it does |\n|---|---|\n"
        yield from rows


def _options(command: click.Command, context: click.Context) -> list[click.Option]:
    return [one for one in command.get_params(context) if isinstance(one, click.Option)]


def _names(command: click.Command) -> set[str]:
    return {one.name or "" for one in command.params}


if __name__ == "__main__":
    main()
