"""The commands that explain what is in an environment, and why."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Optional

import click
from packaging.utils import canonicalize_name

from vscvenv import table, target
from vscvenv.asked import understand, working_directory
from vscvenv.choosing import find_some, json_option, one_of, one_options, venvs_option, where_to_go
from vscvenv.errors import VscVenvError
from vscvenv.look import environment, inside, requires, tree, why
from vscvenv.look.differing import differing
from vscvenv.look.frozen import frozen
from vscvenv.messages import warn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vscvenv.asked import Caller
    from vscvenv.doctor.finding import Finding
    from vscvenv.generation import Generation
    from vscvenv.look.differing import Pair
    from vscvenv.look.environment import Environment
    from vscvenv.look.requires import Need, Requires
    from vscvenv.look.why import Reason

_NOTHING = "-"
label_option = click.option(
    "--label", metavar="LABEL", help="Of which environment.  [default: the active one, else this node's]"
)


def _generation(one: Environment) -> Generation:
    if one.generation is None:
        raise VscVenvError(f"{one.store.name}: {one.problem}")
    return one.generation


@click.command()
@click.option("--all", "everything", is_flag=True, help="With what modules provide as well, for places without them.")
@label_option
@json_option
@one_options
@click.pass_obj
def freeze(who: Caller, /, label: Optional[str], *, everything: bool, as_json: bool, **where: Optional[str]) -> None:
    """Print what was installed, as lines of a requirements file. What modules provide comes as comments."""
    found = frozen(_generation(one_of(who, understand(who, where), label)))
    if as_json:
        table.as_json(found.to_json())
        return
    for line in found.lines(everything=everything):
        table.say(line)
    if found.only_here:
        warn(f"these are places on this machine, of no use elsewhere: {', '.join(found.only_here)}")


@click.command()
@click.argument("one", metavar="LABEL")
@click.argument("other", metavar="LABEL")
@json_option
@venvs_option
@click.pass_obj
def diff(who: Caller, /, one: str, other: str, venvs: Optional[str], *, as_json: bool) -> None:
    """Show in what two environments differ. Distributions, modules, Python; a part of each label is enough."""
    every = find_some(who, understand(who, {"venvs": venvs}))
    pair = [environment.named(every, word) for word in (one, other)]
    found = differing(*(_generation(each).record for each in pair))
    if as_json:
        table.as_json(found.to_json())
        return
    rows = [*_differences("python", {"": found.python} if found.python else {})]
    rows += [*_differences("module", found.modules), *_differences("distribution", found.distributions)]
    if rows:
        table.show(["", "", *(each.label for each in pair)], rows)
    else:
        table.say(f"{pair[0].label} and {pair[1].label} have the same Python, modules and distributions")


def _differences(what: str, pairs: dict[str, Pair]) -> Iterator[list[str]]:
    for name, (one, other) in pairs.items():
        yield [what, name, one or _NOTHING, other or _NOTHING]


@click.command(name="tree")
@click.argument("distribution", required=False, metavar="[NAME]")
@label_option
@json_option
@one_options
@click.pass_obj
def tree_(
    who: Caller, /, distribution: Optional[str], label: Optional[str], *, as_json: bool, **where: Optional[str]
) -> None:
    """Show what requires what, and where it comes from. With NAME, only what that requires."""
    one = one_of(who, understand(who, where), label)
    within = inside.enter(one, who.environ, Path.cwd())
    graph = requires.requires(one, within)
    nodes = tree.grow(within, graph, (_root(graph, distribution),) if distribution else graph.roots)
    if as_json:
        table.as_json([node.to_json() for node in nodes])
        return
    table.show(["", "from", "asked for"], [line for node in nodes for line in node.lines()])


def _root(graph: Requires, name: str) -> Need:
    wanted = canonicalize_name(name)
    if wanted not in graph.known:
        raise VscVenvError(
            f"there is no distribution {name}", f"Is it imported under that name? Ask: vsc-venv why {name}"
        )
    return requires.Need(wanted, frozenset(), name)


@click.command(name="why")
@click.argument("word", metavar="NAME")
@label_option
@json_option
@one_options
@click.pass_obj
def why_(who: Caller, /, word: str, label: Optional[str], *, as_json: bool, **where: Optional[str]) -> None:
    """Show which file is imported for NAME, and why. Where it comes from, who required it, and what it shadows."""
    one = one_of(who, understand(who, where), label)
    found = why.why(one, inside.enter(one, who.environ, Path.cwd()), word)
    if as_json:
        table.as_json(found.to_json())
    else:
        table.pairs(list(_explained(found)))


def _explained(found: Reason) -> Iterator[tuple[str, str]]:
    yield found.name, found.version or ""
    yield "from", str(found.origin) if found.origin else "Python itself"
    for name, places in found.files.items():
        yield f"import {name}", places[0] if places else "not found"
    if found.required or found.version is not None:
        yield "required by", "\n".join(" → ".join(map(str, chain)) for chain in found.required) or "nothing"
    yield from (("shadows", f"{version} from {origin}") for version, origin in found.shadows)


@click.command(name="doctor")
@click.option("--offline", is_flag=True, help="Do not ask the package index.")
@json_option
@one_options
@click.pass_obj
def doctor_(who: Caller, /, *, offline: bool, as_json: bool, **where: Optional[str]) -> None:
    """Look for what is wrong here, and say what to do. In node, project and shell; exit code 1 where something is."""
    # Checks are many, and every other command would wait for them, too.
    from vscvenv.doctor import checks  # noqa: PLC0415
    from vscvenv.doctor.finding import Case  # noqa: PLC0415

    asked = understand(who, where)
    here, host = working_directory(who.environ), target.detect_host()
    go = partial(where_to_go, who, asked)
    case = Case(who.environ, here, asked.request, host, asked.manner, go, offline=offline)
    found = list(checks.examine(case))
    if as_json:
        table.as_json([asdict(one) for one in found])
    else:
        table.show(["", "what", "found"], [row for one in found for row in _finding(one)])
    wrong = sum(one.state == "wrong" for one in found)
    if wrong:
        raise VscVenvError(f"{wrong} of {len(found)} findings are wrong")


def _finding(one: Finding) -> Iterator[list[str]]:
    hue = {"ok": "green", "note": "yellow", "wrong": "red"}[one.state]
    yield [click.style(one.state, fg=hue), one.what, " ".join(one.said.split())]
    if one.remedy and one.state != "ok":
        yield ["", "", f"→ {' '.join(one.remedy.split())}"]


COMMANDS = (diff, doctor_, freeze, tree_, why_)
