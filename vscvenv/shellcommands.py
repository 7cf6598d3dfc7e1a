"""The command that makes `vsc-venv` a command of the user's shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vscvenv.errors import VscVenvError
from vscvenv.process import run

if TYPE_CHECKING:
    from vscvenv.asked import Caller


@click.command()
@click.argument("shell", type=click.Choice(("bash", "fish", "tcsh", "zsh")))
@click.pass_obj
def init(who: Caller, shell: str) -> None:
    """Print what makes vsc-venv a command of a shell. Put eval "$(vsc-venv init bash)" into .bashrc."""
    if who.shim is None:
        raise VscVenvError("only the file vsc-venv knows where it is", "Start that, not vsc-venv-core.")
    # Typed in the usual way, that answers by itself, without starting us.
    click.echo(run((who.shim, "init", shell), env=who.environ).output, nl=False)


COMMANDS = (init,)
