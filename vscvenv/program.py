"""The program as a group of commands: which there are, and what is meant by words that are none of them."""

from __future__ import annotations

import difflib
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any, Optional

import click

from vscvenv import ending
from vscvenv.errors import UsageError
from vscvenv.options import NAME_IT

# Options that are commands in other programs, and what to type before them.
_NO_COMMANDS = {
    "activate": "source vsc-venv",
    "deactivate": "source vsc-venv",
    "help": "vsc-venv",
    "version": "vsc-venv",
}
# Commands of other programs, and what is done here instead.
_ELSEWHERE = {
    **dict.fromkeys(("install", "add", "pip"), "write it into the requirements file, and activate again"),
    **dict.fromkeys(("uninstall",), "take it out of the requirements file, and activate again"),
    **dict.fromkeys(("update", "upgrade"), "newer versions come with: source vsc-venv --activate --recreate"),
}
# The modules with further commands. Each is imported when one of its commands is typed: together they take longer than
# much of what is asked of them.
_FURTHER = {
    "clustercommands": ("build", "fetch", "jobscript", "kernel", "modulefile", "python"),
    "configcommand": ("config",),
    "explaincommands": ("diff", "doctor", "freeze", "tree", "why"),
    "lockcommands": ("export", "lock"),
    "lookcommands": ("clean", "list", "remove", "show"),
    "shellcommands": ("init",),
}


class Program(click.Group):
    """The program with its commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, sorted."""
        return sorted({*super().list_commands(ctx), *chain(*_FURTHER.values())})

    def get_command(self, ctx: click.Context, cmd_name: str) -> Optional[click.Command]:
        """Return the command of that name, or None."""
        module = next((module for module, names in _FURTHER.items() if cmd_name in names), None)
        for one in import_module(f"vscvenv.{module}").COMMANDS if module else ():
            self.add_command(one)
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[Optional[str], Optional[click.Command], list[str]]:
        """Find the command in ``args``. Raises UsageError, which says what to type, where its first word is none."""
        if self.get_command(ctx, args[0]) is None:
            raise UsageError(self._why_none(ctx, args[0]), ending.SEE_HELP)
        return super().resolve_command(ctx, args)

    def _why_none(self, ctx: click.Context, word: str) -> str:
        """Return what ``word``, which is no command, is instead, or what may be meant by it."""
        if word in _NO_COMMANDS:
            return f"{word} is an option; type: {_NO_COMMANDS[word]} --{word}"
        if word in _ELSEWHERE:
            return f"there is no command {word}; {_ELSEWHERE[word]}"
        if Path(word).is_file():
            return f"{word}: {NAME_IT}"
        hidden = {name for name, command in self.commands.items() if command.hidden}
        close = difflib.get_close_matches(word, {*self.list_commands(ctx)} - hidden, n=1)
        return f"there is no command {word}" + (f"; was {close[0]} meant?" if close else "")

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error in how it was typed knows which command that was."""
        try:
            return super().invoke(ctx)
        except click.UsageError as misused:
            command = self.get_command(ctx, ctx.invoked_subcommand or "")
            if misused.ctx is None and command is not None:
                misused.ctx = click.Context(command, ctx, ctx.invoked_subcommand)
            raise
