"""The command line: the same options whether sourced or executed, and the sub-commands."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Optional

import click
from click.core import ParameterSource

from vscvenv import __version__, asked, command, ending, moduletool, replay, table, trust
from vscvenv import environ as env
from vscvenv.asked import Caller, caller
from vscvenv.errors import UsageError, VscVenvError
from vscvenv.files import MAKE_ROOM
from vscvenv.leave import defined_meanwhile, inherited_functions, leave
from vscvenv.messages import note
from vscvenv.options import FilesCommand, request_options
from vscvenv.program import Program

if TYPE_CHECKING:
    from vscvenv.activate import Prepared
    from vscvenv.replay import Replay

SOURCE_ME = 33
"""The exit code of an activation that was executed instead of sourced, as virtualenv's and uv's scripts have it."""
# What those must do first whose shell cannot source the file; nothing but the login shell tells of it.
_FIRST = {
    "fish": "In fish, first: vsc-venv init fish | source",
    "tcsh": 'In tcsh, first: eval "`vsc-venv init tcsh`"',
}
_DRY_RUN = "--dry-run"

dry_run_option = click.option(_DRY_RUN, is_flag=True, help="Say what would be done, and do nothing.")


@click.group(
    cls=Program,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="[COMMAND [ARGS]...]",
)
@click.version_option(__version__, "-v", "--version", prog_name="vsc-venv", message="%(prog)s %(version)s")
@click.option("-a", "--activate", "wants_activate", is_flag=True, help="Activate, and build first where needed.")
@click.option("-d", "--deactivate", "wants_deactivate", is_flag=True, help="Leave the active environment.")
@dry_run_option
@request_options
@click.pass_context
def cli(
    context: click.Context, /, *, wants_activate: bool, wants_deactivate: bool, dry_run: bool, **options: Any
) -> None:
    """Python environments on top of a cluster's modules, one per OS and microarchitecture.

    \b
    source vsc-venv --activate --requirements requirements.txt --modules modules.txt
    source vsc-venv --deactivate

    Without --requirements, the environment that is here is activated. Executed instead of sourced, vsc-venv runs the
    commands below; each has its own --help.
    """  # noqa: D301  # \b is click's mark for a block that is not to be wrapped
    given = [name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    if context.invoked_subcommand is not None and given:
        raise UsageError(f"the options of {context.invoked_subcommand} go behind it", ending.SEE_HELP)
    if context.invoked_subcommand is not None:
        return
    if not given:
        click.echo(context.get_help())
        return
    who: Caller = context.obj
    if wants_activate == wants_deactivate:
        raise UsageError("say either --activate or --deactivate", ending.SEE_HELP)
    if wants_deactivate and dry_run:
        raise UsageError(f"{_DRY_RUN} goes with --activate", ending.SEE_HELP)
    if dry_run:
        _foresee(who, who.words or tuple(sys.argv[1:]), options)
        return
    if who.answer is None:
        hint = _FIRST.get(Path(who.environ.get("SHELL", "")).name)
        raise NotSourcedError(f"an executed program cannot change your shell; type: {_to_source(who)}", hint)
    if wants_activate:
        prepared = asked.prepare(who, **options)
        entered = _enter(who, prepared, who.words)
        _tell_shell(who.answer, str(entered.stem))
    else:
        _deactivate(who, who.answer)


class NotSourcedError(VscVenvError):
    """Executed although only a sourced file can do it."""

    exit_code = SOURCE_ME


def _to_source(who: Caller) -> str:
    """Return what to type instead of the command line: the same, sourced from where the shim is found."""
    found = shutil.which("vsc-venv", path=who.environ.get("PATH", ""))
    is_on_path = found is not None and who.shim is not None and Path(found).resolve() == who.shim
    return shlex.join(["source", "vsc-venv" if is_on_path else str(who.shim), *sys.argv[1:]])


def _foresee(who: Caller, words: tuple[str, ...], options: dict[str, Any]) -> None:
    """Print what an activation that is asked for by ``words`` would do."""
    from vscvenv import dryrun  # noqa: PLC0415  # as commands of other modules

    understood = asked.understand(who, options)
    typed = tuple(word for word in words if word != _DRY_RUN)
    foreseen = dryrun.foresee(understood.request, who.environ, understood.manner, typed, understood.request_on)
    table.pairs(list(foreseen.lines()))


@cli.command(cls=FilesCommand)
@dry_run_option
@request_options
@click.pass_obj
def prepare(who: Caller, /, *, dry_run: bool, **options: Any) -> None:
    """Build the environment without activating it."""
    if dry_run:
        _foresee(who, (), options)
        return
    prepared = asked.prepare(who, **options)
    _enter(who, prepared, None, quiet=True)
    note(f"{prepared.store.name} is ready")


@cli.command(name="trust")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
def trust_(directory: Path) -> None:
    """Accept environments below DIR that others could change."""
    trust.accept(directory)
    note(f"environments below {directory.resolve()} are trusted from now on")


@cli.command(context_settings={"allow_interspersed_args": False})
@dry_run_option
@request_options
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="[--] COMMAND...")
@click.pass_obj
def run(who: Caller, /, words: tuple[str, ...], *, dry_run: bool, **options: Any) -> None:
    """Run COMMAND in the environment, built first where needed. In batch scripts, with srun, from cron or make."""
    typed = command.options(who.words or sys.argv[1:], words)
    if dry_run:
        _foresee(who, typed, options)
        return
    prepared = asked.prepare(who, **options)
    change = _enter(who, prepared, typed, quiet=True).change
    command.become(words, change.apply(prepared.base))


@cli.command(hidden=True)
@click.argument("answer", type=click.Path(path_type=Path))
@click.pass_obj
def shell(who: Caller, answer: Path) -> None:
    """Do what a sourcing shell was given to do and write to ANSWER the script that it is to replay."""
    sourced = replace(who, answer=answer)
    try:
        cli.main(list(who.words), prog_name="source vsc-venv", obj=sourced, standalone_mode=False)
    except BaseException:
        # The shell that would remove it may have been ended with us.
        answer.unlink(missing_ok=True)
        raise


@cli.command(name="owned-by-modules", hidden=True)
@click.pass_obj
def owned_by_modules(who: Caller) -> None:
    """Print the names of variables that modules set or changed and, as `alias:NAME`, of what else they defined."""
    without = moduletool.without_modules(who.environ)
    names = [name for name in env.diff(who.environ, without.environ).after if name != "PATH"]
    click.echo(" ".join((*names, *defined_meanwhile(who.environ, without))), nl=False)


def _enter(who: Caller, prepared: Prepared, words: Optional[tuple[str, ...]], *, quiet: bool = False) -> Replay:
    from vscvenv.enter import enter  # noqa: PLC0415  # as asked.prepare has it

    return enter(prepared, words, who.shim, quiet=quiet)


def _deactivate(who: Caller, answer: Path) -> None:
    """Leave an environment that was inherited: the shell that activated it leaves it without us."""
    if replay.MARKER not in who.environ:
        raise VscVenvError("no environment is active")
    script = replay.plain(env.diff(who.environ, leave(who.environ)), inherited_functions(who.environ))
    for kind in replay.SHELLS:
        _tell_shell(Path(f"{answer}.{kind}"), script)
    _tell_shell(answer, str(answer))


def _tell_shell(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", errors="surrogateescape")
    except OSError as problem:
        raise VscVenvError(f"{file} cannot be written: {problem.strerror}", MAKE_ROOM) from problem


def main() -> NoReturn:
    """Run the program and exit with the code that tells how it went (docs/reference/exit-codes.md)."""
    sys.exit(
        ending.code_of(lambda: cli.main(prog_name="vsc-venv", obj=caller(dict(os.environ)), standalone_mode=False))
    )
