"""The commands for a cluster: build on other nodes, and what starts an environment there without a shell."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vscvenv import activate, asked
from vscvenv.asked import Caller, request_options
from vscvenv.cluster import building
from vscvenv.enter import enter
from vscvenv.errors import VscVenvError
from vscvenv.messages import note
from vscvenv.reading import requirements
from vscvenv.request import Manner

if TYPE_CHECKING:
    from vscvenv.request import Request


@click.command()
@click.option("-p", "--partition", "partitions", multiple=True, metavar="NAME", help="Where to build; may be repeated.")
@click.option("--all-partitions", is_flag=True, help="Build on every partition that takes jobs.")
@click.option("--cluster", "clusters", multiple=True, metavar="NAME", help="On which cluster; may be repeated.")
@click.option("--no-wait", is_flag=True, help="Submit, and do not wait for the jobs.")
@click.option(
    "--sbatch-arg", "extra", multiple=True, metavar="ARG", help="An option for sbatch or qsub; may be repeated."
)
@request_options
@click.pass_obj
def build(
    who: Caller,
    /,
    partitions: tuple[str, ...],
    clusters: tuple[str, ...],
    extra: tuple[str, ...],
    *,
    all_partitions: bool,
    no_wait: bool,
    **options: Any,
) -> None:
    """Build on the nodes of partitions, each the environment of its own CPU, by jobs that are followed to their end."""
    scheduler = building.find_scheduler(who.environ, extra)
    if scheduler is None:
        note("there is no scheduler here (no sbatch, no qsub): building on this node")
        prepared = asked.prepare(who, **options)
        enter(prepared, None, who.shim, quiet=True)
        note(f"{prepared.store.name} is ready")
        return
    here = asked.working_directory(who.environ)
    request, words = _understood(who, here, options)
    where = building.places(scheduler, partitions, clusters, all_partitions=all_partitions)
    command = [*_shim(who), "prepare", *words]
    jobs, refused = building.submit(scheduler, where, command, here, request.venvs)
    if jobs and not no_wait:
        building.wait(scheduler, jobs)
    if not jobs or (refused and not all_partitions):
        raise VscVenvError(f"no job could be submitted to: {', '.join(map(str, refused))}")


def _understood(who: Caller, here: Path, options: dict[str, Any]) -> tuple[Request, list[str]]:
    """Return the request, complete and readable, and the words that ask for it from ``here``."""
    flags = [f"--{field.name.replace('_', '-')}" for field in fields(Manner) if options.pop(field.name)]
    request = activate.complete_anywhere(asked.request(who, **options))
    extras, groups = request.extras, request.groups
    requirements.read(request.requirements, extras=extras, groups=groups, environ=who.environ, cwd=Path.cwd())
    activate.read_modules(request, who.environ)
    return request, [*request.words(here), *flags]


def _shim(who: Caller) -> list[str]:
    return [str(who.shim)] if who.shim else ["vsc-venv"]


COMMANDS = (build,)
