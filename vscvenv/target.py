"""The label of this node (``RHEL8-zen2``), and whether this host can run what is built for it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, Optional

import archspec.cpu

from vscvenv.errors import VscVenvError
from vscvenv.host import Host, detect_host
from vscvenv.messages import some

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Host", "Label", "Verdict", "detect_host", "label_among", "label_for", "verdict"]

Kind = Literal["fits", "doubtful", "unusable"]
Rank = tuple[bool, bool, int]

OF_LABEL = ("VSC_OS_LOCAL", "VSC_ARCH_LOCAL", "VSC_ARCH_SUFFIX")
"""The variables in which a site says what its nodes are."""
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*")
_OS_WORD = re.compile(r"([a-z][a-z-]*?)[-_]?(\d[\d.]*)?")


@dataclass(frozen=True)
class Label:
    """The site's own words for OS and CPU, and what matters of the suffix; its text is part of a directory's name."""

    os: str
    arch: str
    suffix: str = ""

    def __str__(self) -> str:
        return "-".join(part for part in (self.os, self.arch, self.suffix) if part)

    @classmethod
    def parse(cls, text: str) -> Label:
        """Return the label that ``text`` is, as far as a name tells: its OS may have a hyphen too (opensuse-leap15)."""
        parts = text.split("-")
        ends = [n for n in range(1, len(parts)) if _target_named(parts[n])]
        at = ends[0] if ends else 1
        return cls("-".join(parts[:at]), "-".join(parts[at : at + 1]), "-".join(parts[at + 1 :]))


@dataclass(frozen=True)
class Verdict:
    """Whether a host can run what is built for a label; ``reason`` and ``hint`` are empty where it can."""

    kind: Kind
    reason: str = ""
    hint: str = ""


@dataclass(frozen=True)
class _System:
    """An operating system: systems of one ``family`` and ``release`` run each other's programs."""

    family: str
    release: tuple[str, ...]
    label: str


def label_for(environ: Mapping[str, str], host: Host) -> Label:
    """Return the label that the site's variables give, each taken from ``host`` where it is unset or empty.

    Raises VscVenvError where a variable's value cannot be part of a directory's name.
    """
    return Label(
        os=_word(environ, "VSC_OS_LOCAL") or _system_of(host).label,
        arch=_word(environ, "VSC_ARCH_LOCAL") or host.cpu,
        suffix=_without_fabric(_word(environ, "VSC_ARCH_SUFFIX")),
    )


def label_among(built: Iterable[str], environ: Mapping[str, str], host: Host) -> Label:
    """Return the label of this node, where environments for those in ``built`` exist.

    Where none of the site's variables is set, as in cron, one of ``built`` may be the site's name for such a node.
    Raises VscVenvError as ``label_for`` does.
    """
    label = label_for(environ, host)
    if any(environ.get(name) for name in OF_LABEL) or str(label) in built:
        return label
    return next((one for one in map(Label.parse, built) if _means(one, host)), label)


def _means(label: Label, host: Host) -> bool:
    """Tell whether ``label`` is a name for nodes as ``host``, whose accelerator is not known."""
    own = archspec.cpu.TARGETS.get(host.cpu)
    return not label.suffix and _target_named(label.arch) == own and verdict(label, host).kind == "fits"


def verdict(label: Label, host: Host) -> Verdict:
    """Tell whether ``host`` can run what is built for ``label``: the worse of what its OS and its CPU say."""
    kinds = ("fits", "doubtful", "unusable")
    return max(_os_verdict(label.os, host), _cpu_verdict(label.arch, host), key=lambda v: kinds.index(v.kind))


def rank(label: Label, host: Host) -> Optional[Rank]:
    """Return how good an environment of ``label`` is on ``host``, more is better; None where it may not run there.

    First come those of the CPUs that ``host``'s own descends from, in archspec's partial order, the closest first.
    """
    target = _target_named(label.arch)
    if target is None or verdict(label, host).kind != "fits":
        return None
    own = archspec.cpu.TARGETS.get(host.cpu)
    return bool(label.suffix), own is not None and target <= own, len(target.ancestors)


def _os_verdict(word: str, host: Host) -> Verdict:
    wanted, here = _system_named(word), _system_of(host)
    if word.lower() == here.label.lower():
        return Verdict("fits")
    if wanted is None:
        return Verdict(
            "doubtful",
            f"{word} is not an operating system known to vsc-venv, so it is not checked against {here.label}",
            "Correct VSC_OS_LOCAL, or unset it to have it detected.",
        )
    if wanted.family != here.family:
        return Verdict(
            "doubtful",
            f"this host runs {here.label}, not {word}: what is built here may not work there",
            "Unset VSC_OS_LOCAL to have it detected.",
        )
    # A label may name less of the version than os-release does.
    if any(one != other for one, other in zip(wanted.release, here.release)):
        return Verdict(
            "unusable",
            f"this host runs {here.label}: what is built for {word} does not run here",
            f"Start a job on a node with {word}. {_leaked('VSC_OS_LOCAL')}",
        )
    return Verdict("fits")


def _cpu_verdict(word: str, host: Host) -> Verdict:
    target = _target_named(word)
    if word == host.cpu:
        # Asked first: sites mean the server by skylake, archspec the desktop, and a detected label always fits.
        return Verdict("fits")
    if target is None:
        return Verdict(
            "doubtful",
            f"{word} is not a CPU known to vsc-venv, so it is not checked against this one ({host.cpu})",
            "Correct VSC_ARCH_LOCAL, or unset it to have it detected.",
        )
    kind, reason = _flags_verdict(word, target, host)
    hint = f"Start a job on a partition with {word} nodes. {_leaked('VSC_ARCH_LOCAL')}"
    return Verdict(kind, reason, hint if reason else "")


def _flags_verdict(word: str, target: archspec.cpu.Microarchitecture, host: Host) -> tuple[Kind, str]:
    if str(target.family) != host.machine:
        return "unusable", f"{word} is of the {target.family} family, this CPU is of {host.machine}"
    level, rest = _lacking(target.generic, host), _lacking(target, host)
    if level:
        return "unusable", f"{word} needs {target.generic}, and this CPU ({host.cpu}) lacks {some(level)}"
    if rest:
        # Not refused: kernels and archspec versions differ in the flags they name, and hypervisors hide some.
        cause = "this virtual machine hides or lacks" if host.is_virtual else "this CPU lacks"
        return "doubtful", f"{cause} {some(rest)} of {word}; it is seen as {host.cpu}"
    return "fits", ""


def _leaked(variable: str) -> str:
    """Tell the usual cause of a wrong label: Slurm hands a job the environment it was submitted from."""
    return f"If {variable} came with the job from another node, submit with --export=NONE, or unset it."


def _lacking(target: archspec.cpu.Microarchitecture, host: Host) -> list[str]:
    return sorted(target.features - host.flags) if host.flags else []


def _word(environ: Mapping[str, str], variable: str) -> str:
    value = environ.get(variable, "")
    bare = value.lstrip("-_") if variable == "VSC_ARCH_SUFFIX" else value
    if bare and (not _WORD.fullmatch(bare) or ".." in bare):
        raise VscVenvError(
            f"{variable} is {value!r}, which cannot be part of a directory's name",
            f"Set {variable} to letters, digits and any of _ . + - as your site does, or unset it.",
        )
    return bare


def _without_fabric(suffix: str) -> str:
    """Return ``suffix`` without the network: unlike on an accelerator, nothing installed depends on it."""
    fabrics = _table()["fabric_words"]
    return "-".join(part for part in suffix.split("-") if part and part.lower() not in fabrics)


def _target_named(word: str) -> Optional[archspec.cpu.Microarchitecture]:
    """Return the archspec target that a site's word means, or the nearest that this archspec knows."""
    plain = word.lower().replace("-", "_")
    names = _table()["cpu_words"].get(plain, [plain])
    return next((archspec.cpu.TARGETS[name] for name in names if name in archspec.cpu.TARGETS), None)


def _system_named(word: str) -> Optional[_System]:
    parts = _OS_WORD.fullmatch(word.lower())
    row = _distribution(parts.group(1)) if parts else None
    return _system(row, parts.group(2) or "") if parts and row else None


def _system_of(host: Host) -> _System:
    row = _distribution(host.os_id) or {"family": host.os_id, "label": host.os_id}
    return _system(row, host.os_version)


def _system(row: Mapping[str, Any], version: str) -> _System:
    release = tuple(part for part in version.split(".") if part)[: row.get("release_parts", 1)]
    return _System(row["family"], release, row["label"] + ".".join(release))


def _distribution(name: str) -> Optional[Mapping[str, Any]]:
    rows: Iterable[Mapping[str, Any]] = _table()["distributions"]
    return next((row for row in rows if name in (row["id"], row["label"].lower(), *row["words"])), None)


@cache
def _table() -> dict[str, Any]:
    """Return the words of sites and distributions, from ``data/targets.json``."""
    text = files("vscvenv").joinpath("data/targets.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table
