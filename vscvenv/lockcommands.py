"""The commands that write down which versions there are: for this tool and others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

import click
from packaging.utils import canonicalize_name

from vscvenv import asked, versions
from vscvenv.errors import UsageError, VscVenvError
from vscvenv.files import write
from vscvenv.locking import Upgrade
from vscvenv.options import request_options

if TYPE_CHECKING:
    from vscvenv.asked import Caller


@click.command()
@click.option("--upgrade", is_flag=True, help="Look for new versions: of the NAMEs behind it, else of all.")
@request_options
@click.argument("names", nargs=-1, metavar="[NAME...]")
@click.pass_obj
def lock(who: Caller, /, names: tuple[str, ...], *, upgrade: bool, **options: Any) -> None:
    """Write pylock.toml, the versions for all environments here."""
    if names and not upgrade:
        file = Path(names[0]).is_file()
        remedy = "Put --requirements or --modules before it." if file else f"To renew it: --upgrade {names[0]}"
        raise UsageError(f"{names[0]}: what is it?", remedy)
    given = asked.understand(who, options)
    chosen = Upgrade(upgrade and not names, frozenset(map(canonicalize_name, names)))
    versions.lock(given.request, who.environ, given.manner, chosen)


@click.command()
@click.option("--hashes", is_flag=True, help="With the hashes of all files, as pip --require-hashes wants them.")
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, not to standard output.")
@request_options
@click.pass_obj
def export(who: Caller, /, output: Optional[str], *, hashes: bool, **options: Any) -> None:
    """Print a requirements file that installs the same elsewhere. Plain, and with modules' packages too."""
    here = asked.working_directory(who.environ)
    given = asked.understand(who, options)
    base = (here / output).parent if output else here
    lines = versions.export(given.request, who.environ, given.manner, base, hashed=hashes)
    text = "".join(f"{line}\n" for line in lines)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        write(here / output, text)
    except OSError as problem:
        raise VscVenvError(f"{here / output} cannot be written: {problem.strerror}") from problem


COMMANDS = (lock, export)
