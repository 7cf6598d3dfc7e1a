"""The commands for a cluster: build on other nodes, and what starts an environment there without a shell."""

from __future__ import annotations

import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional
from urllib.parse import urlsplit

import click

from vscvenv import activate, asked, launcher, ownmodule, project, table
from vscvenv import jobscript as scripts
from vscvenv import kernel as kernels
from vscvenv.choosing import json_option
from vscvenv.cluster import building
from vscvenv.enter import enter
from vscvenv.errors import VscVenvError
from vscvenv.messages import note
from vscvenv.options import FilesCommand, request_options, setting_options
from vscvenv.reading import modulelist, requirements
from vscvenv.request import NAME
from vscvenv.settings import of_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vscvenv.activate import Prepared
    from vscvenv.asked import Asked, Caller
    from vscvenv.request import Request


@click.command(cls=FilesCommand)
@setting_options(*of_part("build"))
@click.option("--all-partitions", is_flag=True, help="Build on every partition that takes jobs.")
@click.option("--no-wait", is_flag=True, help="Submit, and do not wait for the jobs.")
@request_options
@click.pass_obj
def build(who: Caller, /, *, all_partitions: bool, no_wait: bool, **options: Any) -> None:
    """Build on each partition's nodes, for their CPU, by jobs. These are followed to their end."""
    given = asked.understand(who, options)
    partitions, clusters, extra = (given.values[one.key].value or () for one in of_part("build"))
    scheduler = building.find_scheduler(who.environ, extra)
    if scheduler is None:
        note("there is no scheduler here (no sbatch, no qsub): building on this node")
        prepared = asked.prepare_for(who, given)
        enter(prepared, None, who.shim, quiet=True)
        note(f"{prepared.store.name} is ready")
        return
    here = asked.working_directory(who.environ)
    request, words = _checked(who, here, given)
    _require_no_password(words)
    where = building.places(scheduler, partitions, clusters, all_partitions=all_partitions)
    command = [*_shim(who), "prepare", *words]
    refused = building.build(scheduler, where, command, here, request.venvs, is_followed=not no_wait)
    if len(refused) == len(where) or (refused and not all_partitions):
        raise VscVenvError(f"no job could be submitted to: {', '.join(map(str, refused))}")


def _checked(who: Caller, here: Path, given: Asked) -> tuple[Request, list[str]]:
    """Return the request, complete and readable, and the words that ask for it from ``here``, on any node."""
    given.require_files()
    request = project.complete_anywhere(given.request, who.environ)
    requirements.asked_by(request, who.environ, Path.cwd())
    modulelist.asked_by(request, who.environ, Path.cwd())
    if given.request.requirements:
        return request, given.words(here)
    return request, [*request.words(here), *given.words(here, without=of_part("request", "installer"))]


def _require_no_password(words: Sequence[str]) -> None:
    """Raise VscVenvError where a URL in ``words`` had a password: a job's script can be read, and is kept."""
    url = next((word for word in words if "://****@" in word), None)
    if url is not None:
        raise VscVenvError(
            f"the password in {url} cannot be handed to a job",
            f"Put it into ~/.netrc, which jobs read too: machine {urlsplit(url).hostname} login … password …",
        )


def _shim(who: Caller) -> list[str]:
    return [str(who.shim)] if who.shim else ["vsc-venv"]


@click.command(context_settings={"allow_interspersed_args": False})
@click.option("--slurm", "scheduler", flag_value="slurm", default=True, help="For sbatch.  [default]")
@click.option("--pbs", "scheduler", flag_value="pbs", help="For qsub.")
@request_options
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[--] [COMMAND...]")
@click.pass_obj
def jobscript(who: Caller, /, scheduler: str, words: tuple[str, ...], **options: Any) -> None:
    """Print a batch script that runs COMMAND in the environment. That of whatever node it gets."""
    here = asked.working_directory(who.environ)
    _, asking = _checked(who, here, asked.understand(who, options))
    click.echo(scripts.render(scheduler, here, Path(*_shim(who)), asking, words), nl=False)


@click.command()
@click.option("--lua", "language", flag_value="lua", default=True, help="For Lmod.  [default]")
@click.option("--tcl", "language", flag_value="tcl", help="For Environment Modules.")
@click.option(
    "--directory",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="What it puts on PATH.  [default: where vsc-venv is found]",
)
@click.pass_obj
def modulefile(who: Caller, language: str, directory: Optional[Path]) -> None:
    """Print a modulefile that offers vsc-venv itself. For a site's module tree, or your own."""
    given = asked.working_directory(who.environ) / directory if directory else None
    found = ownmodule.find_directory(Path(*_shim(who)), who.environ.get("PATH", ""), given)
    click.echo(ownmodule.render(language, found), nl=False)


@click.command(cls=FilesCommand)
@click.option("--link", metavar="NAME", help="Make a link to it, as editors look for: .venv")
@request_options
@click.pass_obj
def python(who: Caller, /, link: Optional[str], **options: Any) -> None:
    """Print the path of a Python that starts without modules. For editors and cron."""
    prepared = asked.prepare(who, **options)
    enter(prepared, None, who.shim, quiet=True)
    made = launcher.path(prepared.store)
    if link:
        launcher.link(made, asked.working_directory(who.environ) / link)
    click.echo(made)


@click.command(cls=FilesCommand)
@request_options
@click.pass_obj
def fetch(who: Caller, /, **options: Any) -> None:
    """Download what builds with --offline need. For nodes without a network."""
    given = asked.understand(who, options)
    activate.fetch(given.request, who.environ, given.manner)
    note("all is here: build with --offline where there is no network")


@click.group(no_args_is_help=False)
def kernel() -> None:
    """Jupyter kernels that run in the environment of their node."""


@kernel.command(name="install", cls=FilesCommand)
@click.option("--kernel-name", metavar="NAME", help="Its name for Jupyter.  [default: the project's]")
@click.option("--display-name", metavar="TEXT", help="Its name for people.")
@request_options
@click.pass_obj
def kernel_install(who: Caller, /, kernel_name: Optional[str], display_name: Optional[str], **options: Any) -> None:
    """Make a kernel for this project, once for all nodes."""
    here = asked.working_directory(who.environ)
    given = asked.understand(who, options)
    title = here.name if given.request.name == NAME else f"{here.name} {given.request.name}"
    name = kernel_name or kernels.default_name(title)
    made = kernels.Kernel(name, display_name or f"{title} (vsc-venv)", str(here))
    place = kernels.place_for(kernels.home(who.environ), made)
    _, words = _checked(who, here, given)
    enter(_prepared_for_jupyter(who, given), None, who.shim, quiet=True)
    kernels.install(place, made, [*_shim(who), "run", *words, "--"])
    note(f"{place}: Jupyter shows it as '{made.display_name}'")


def _prepared_for_jupyter(who: Caller, given: Asked) -> Prepared:
    """Return the environment with ipykernel. Raises VscVenvError where that is not to be in it."""
    prepared = asked.prepare_for(who, given)
    if _has_ipykernel(prepared):
        return prepared
    _offer_ipykernel(prepared)
    return asked.prepare_for(who, given)


def _has_ipykernel(prepared: Prepared) -> bool:
    record = prepared.generation.record
    return "ipykernel" in {**record.installed, **record.provided}


def _offer_ipykernel(prepared: Prepared) -> None:
    """Add what is missing to the requirements where the user says so. Raises VscVenvError where nobody does."""
    file = prepared.basis.request.requirements[0]
    lacks = f"{prepared.store.name} has no ipykernel"
    can_ask = file.suffix == ".txt" and sys.stdin.isatty()
    if not (can_ask and click.confirm(f"vsc-venv: {lacks}. Add it to {file.name}?", err=True)):
        raise VscVenvError(lacks, f"Add it, and try again: echo ipykernel >>{shlex.quote(str(file))}")
    text = file.read_text("utf-8")
    with file.open("a", encoding="utf-8") as stream:
        stream.write("ipykernel\n" if text.endswith("\n") or not text else "\nipykernel\n")


@kernel.command(name="list")
@json_option
@click.pass_obj
def kernel_list(who: Caller, *, as_json: bool) -> None:
    """Show the kernels that vsc-venv made."""
    made = list(kernels.installed(kernels.home(who.environ)))
    if as_json:
        table.as_json([asdict(one) for one in made])
    elif made:
        table.show(["kernel", "in Jupyter", "project"], [[one.name, one.display_name, one.where] for one in made])
    else:
        note("there are none; make one: vsc-venv kernel install")


@kernel.command(name="remove")
@click.argument("name")
@click.pass_obj
def kernel_remove(who: Caller, name: str) -> None:
    """Remove the kernel NAME."""
    kernels.remove(kernels.home(who.environ), name)
    table.say(f"{name}: removed")


COMMANDS = (build, fetch, jobscript, kernel, modulefile, python)
