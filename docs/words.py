"""Print shell/words, which completion reads, from the program itself: python docs/words.py > shell/words.

A line for each word: the command that it goes behind, the word, what follows it, and what it does; tabs between them,
and - for none.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click
import commandtree

if TYPE_CHECKING:
    from collections.abc import Iterator

_KINDS = {"DIR": "directory", "FILE": "file", "LABEL": "label", "COMMAND": "program", "DIR|URL": "directory"}


def main() -> None:
    """Print the words."""
    root = commandtree.cli
    for line in _words(root, click.Context(root, info_name="vsc-venv", **root.context_settings), ""):
        sys.stdout.write("\t".join(line) + "\n")


def _words(command: click.Command, context: click.Context, before: str) -> Iterator[tuple[str, str, str, str]]:
    for one in command.get_params(context):
        if isinstance(one, click.Option) and not one.hidden:
            about = (one.help or "").partition("  [")[0]
            yield from ((before or "-", word, _kind(one), about) for word in (*one.opts, *one.secondary_opts))
        elif isinstance(one, click.Argument):
            yield before or "-", "-", _kind(one), ""
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                yield before or "-", name, "command", below.get_short_help_str(limit=100)
                yield from _words(
                    below, click.Context(below, info_name=name, parent=context), f"{before} {name}".strip()
                )


def _kind(one: click.Parameter) -> str:
    """Return what the value of ``one`` is: one of a few words, a kind of thing, or nothing."""
    if isinstance(one.type, click.Choice):
        return "=" + " ".join(map(str, one.type.choices))
    if isinstance(one, click.Option) and (one.is_flag or one.count):
        return "flag"
    named = re.sub(r"\[--\] |[\[\].]", "", one.metavar or "")
    special = next((word for word in ("name", "partition") if f"--{word}" in one.opts), None)
    return special or _KINDS.get(named, "text")


if __name__ == "__main__":
    main()
