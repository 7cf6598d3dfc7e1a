"""The commands that look at environments, and those that take them away."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

import click

from vscvenv import table
from vscvenv.asked import understand
from vscvenv.choosing import find, find_some, json_option, one_of, one_options, venvs_option
from vscvenv.errors import UsageError
from vscvenv.generation import stores
from vscvenv.look import environment, removing
from vscvenv.look.usage import usage
from vscvenv.messages import note

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vscvenv.asked import Caller
    from vscvenv.generation import Generation
    from vscvenv.look.environment import Environment
    from vscvenv.look.usage import Usage

_HERE = {"fits": ("yes", "green"), "doubtful": ("perhaps", "yellow"), "unusable": ("no", "red")}


@click.command(name="list")
@click.option("--no-size", is_flag=True, help="Do not measure, where that takes long.")
@json_option
@venvs_option
@click.pass_obj
def list_(who: Caller, /, venvs: Optional[str], *, as_json: bool, no_size: bool) -> None:
    """Show the environments here, and which this node can run."""
    asked = understand(who, {"venvs": venvs})
    others = environment.foreign(asked.request.venvs)
    every = find(who, asked) if others or as_json else find_some(who, asked)
    sizes = {one.label: None if no_size else one.usage() for one in every}
    if as_json:
        table.as_json([{**one.to_json(), **_measured(sizes[one.label])} for one in every])
    else:
        heads = ["", "label", "here", "python", "modules", "distributions", "size", "files", "age", "state"]
        numbers = ("modules", "distributions", "size", "files", "age")
        rows = [_row(one, sizes[one.label]) for one in every] + [_foreign_row(path) for path in others]
        table.show(heads, rows, right=numbers)


def _row(one: Environment, took: Optional[Usage]) -> list[str]:
    word, hue = _HERE[one.verdict.kind]
    facts = [one.label, click.style(word, fg=hue)]
    if one.generation:
        record = one.generation.record
        counts = (len(record.basis.modules), len(record.installed))
        facts += [str(record.basis.python.get("version", "")), *map(str, counts)]
    else:
        facts += ["", "", ""]
    facts += [table.size(took.size), str(took.files)] if took else ["", ""]
    return ["*" if one.active else "", *facts, table.age(one.age) if one.age is not None else "", _state(one)]


def _state(one: Environment) -> str:
    if one.problem:
        return click.style(one.problem, fg="red")
    superseded = ["active: a superseded build"] if one.active and one.active != _path(one) else []
    reasons = one.why_not_fresh()
    return "; ".join([*superseded, *reasons]) or click.style("fresh", fg="green")


def _path(one: Environment) -> Optional[Path]:
    return Path(os.path.realpath(one.generation.path)) if one.generation else None


def _foreign_row(path: Path) -> list[str]:
    return ["", path.name, *[""] * 7, "not made by this program; activating puts it aside"]


def _measured(took: Optional[Usage]) -> dict[str, Optional[int]]:
    return {"size": took.size if took else None, "files": took.files if took else None}


@click.command()
@click.argument("label", required=False, metavar="[LABEL]")
@json_option
@one_options
@click.pass_obj
def show(who: Caller, /, label: Optional[str], *, as_json: bool, **where: Optional[str]) -> None:
    """Show all about one environment. That of LABEL, else the active one, else this node's."""
    one = one_of(who, understand(who, where), label)
    builds = list(one.store.generations())
    if as_json:
        table.as_json({**one.to_json(), **_measured(one.usage()), **_details(one, builds)})
        return
    table.pairs(_facts(one, builds))


def _details(one: Environment, builds: Iterable[Generation]) -> dict[str, Any]:
    record = one.generation.record if one.generation else None
    return {
        "builds": {build.path.name: str(build.path) for build in builds},
        "request": record.basis.request.to_json() if record else None,
        "installed": record.installed if record else {},
        "provided": record.provided if record else {},
    }


def _facts(one: Environment, builds: list[Generation]) -> list[tuple[str, str]]:
    word = _HERE[one.verdict.kind][0]
    facts = [
        ("environment", f"{one.store.link}{' (active)' if one.active else ''}"),
        ("runs here", f"{word}: {one.verdict.reason}" if one.verdict.reason else word),
        ("state", _state(one)),
    ]
    if one.generation:
        record = one.generation.record
        facts += [
            ("built", f"{record.created} as {one.generation.path}"),
            ("from", "\n".join(map(str, [*record.basis.request.requirements, *_modules_file(one.generation)]))),
            ("python", f"{record.basis.python.get('version')} ({record.basis.python.get('executable')})"),
            ("modules", "\n".join(record.basis.modules) or "none"),
            ("installed", "\n".join(f"{name} {version}" for name, version in record.installed.items()) or "nothing"),
            (
                "provided",
                f"{len(record.provided)} of modules and the base Python (vsc-venv freeze --all)",
            ),
        ]
    took = one.usage()
    facts.append(("takes", f"{table.size(took.size)} in {took.files} files"))
    facts += [("superseded", _superseded(build)) for build in builds if not one.generation or build != one.generation]
    return facts


def _modules_file(generation: Generation) -> list[Path]:
    found = generation.record.basis.request.modules
    return [found] if found else []


def _superseded(build: Generation) -> str:
    return f"{build.path}, built {build.record.created}, {table.size(usage(build.path).size)} (vsc-venv clean)"


@click.command()
@click.argument("labels", nargs=-1, required=True, metavar="LABEL...")
@click.option("--force", is_flag=True, help="Although something on this host runs from it.")
@json_option
@venvs_option
@click.pass_obj
def remove(who: Caller, /, labels: tuple[str, ...], venvs: Optional[str], *, force: bool, as_json: bool) -> None:
    """Remove the environments of these labels. All that was kept for them goes too."""
    every = find_some(who, understand(who, {"venvs": venvs}))
    chosen = {one.store: one for one in (_exactly(every, label) for label in labels)}
    gone = [(one, removing.remove(one, who.environ, force=force)) for one in chosen.values()]
    if as_json:
        table.as_json([{"label": one.label, **_measured(took)} for one, took in gone])
        return
    for one, took in gone:
        table.say(f"{one.store.name}: removed {table.size(took.size)} in {took.files} files")


def _exactly(every: list[Environment], word: str) -> Environment:
    """Return what has the label or the name ``word``; a part of one is not enough to remove something."""
    found = environment.named(every, word)
    if Path(word.rstrip("/")).name in {found.label, found.store.name}:
        return found
    raise UsageError(f"there is no environment {word}", f"Was {found.label} meant?")


@click.command()
@json_option
@venvs_option
@click.pass_obj
def clean(who: Caller, /, venvs: Optional[str], *, as_json: bool) -> None:
    """Remove superseded builds at once. A job may still run from one."""
    place = understand(who, {"venvs": venvs}).request.venvs
    gone = {store: removing.clean(store, who.environ) for store in stores(place)}
    if as_json:
        table.as_json({store.label: [str(path) for path in paths] for store, paths in gone.items()})
        return
    if not gone:
        note(f"there are no environments in {place}")
    for store, paths in gone.items():
        table.say(f"{store.name}: removed {', '.join(path.name for path in paths) or 'nothing'}")


COMMANDS = (clean, list_, remove, show)
