"""The command line as data, from the program itself: what docs/options.py and docs/manpage.py write out."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Optional

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from vscvenv.cli import cli

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Options = list[tuple[str, str]]
"""Each as `--help` has it: how it is written, and what it does."""


@dataclass(frozen=True)
class Command:
    """A command with the options that it has besides those that say what environment is meant."""

    name: str
    usage: str
    about: str
    options: Options
    takes_request: bool
    """Whether it takes those that say what environment is meant."""


def own_options() -> Options:
    """Return the options of `source vsc-venv` itself."""
    return _shown(one for one in _options(cli, _context()) if one.name not in _request())


def request_options() -> Options:
    """Return the options that say what environment is meant."""
    return _shown(one for one in _options(cli, _context()) if one.name in _request())


def commands() -> Iterator[Command]:
    """Yield every command that is not hidden, those of groups behind their group."""
    yield from _below(cli, _context(), "vsc-venv")


def _below(group: click.Group, parent: click.Context, before: str) -> Iterator[Command]:
    for name in group.list_commands(parent):
        command = group.get_command(parent, name)
        if command is not None and not command.hidden:
            context = click.Context(command, info_name=name, parent=parent)
            yield _described(command, context, f"{before} {name}")
            if isinstance(command, click.Group):
                yield from _below(command, context, f"{before} {name}")


def _described(command: click.Command, context: click.Context, name: str) -> Command:
    takes_request = _request() <= {one.name or "" for one in command.params}
    own = [one for one in _options(command) if not (takes_request and one.name in _request())]
    about = re.sub(r"\s*\n\s*", " ", (command.help or "").strip())
    return Command(name, " ".join(command.collect_usage_pieces(context)), about, _shown(own), takes_request)


def _context() -> click.Context:
    return click.Context(cli, info_name="vsc-venv", **cli.context_settings)


def _request() -> set[str]:
    return {one.name or "" for one in cli.commands["prepare"].params}


def _options(command: click.Command, context: Optional[click.Context] = None) -> list[click.Option]:
    params = command.get_params(context) if context else command.params
    return [one for one in params if isinstance(one, click.Option)]


def _shown(options: Iterable[click.Option]) -> Options:
    return [found for one in options if (found := one.get_help_record(click.Context(cli)))]
