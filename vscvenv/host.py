"""What this machine is: its OS and its CPU, read from two files so that any machine can be replayed."""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import archspec.cpu
from archspec.cpu.schema import TARGETS_JSON

from vscvenv.errors import VscVenvError

if TYPE_CHECKING:
    from collections.abc import Mapping

_OS_RELEASE_LINE = re.compile(r"""^(\w+)=(["']?)(.*)\2\s*$""", re.MULTILINE)
_OS_SIGNATURE_KEYS = frozenset({"ID", "VERSION_ID"})
_CPU_SIGNATURE_KEYS = frozenset(
    {"vendor_id", "cpu family", "model", "flags", "CPU implementer", "CPU part", "Features", "cpu", "isa"}
)


@dataclass(frozen=True)
class Host:
    """A machine.

    ``os_id`` and ``os_version`` are ID and VERSION_ID of os-release, the latter "" in a rolling distribution.
    ``machine`` is the family of CPUs as the kernel names it (``x86_64``, ``aarch64``), ``cpu`` the newest
    archspec target that ``flags`` allow; ``is_virtual`` tells that a hypervisor is below, which may hide flags.
    """

    os_id: str
    os_version: str
    machine: str
    cpu: str
    flags: frozenset[str]
    is_virtual: bool


def detect_host(root: Path = Path("/")) -> Host:
    """Return the machine whose ``etc/os-release`` and ``proc/cpuinfo`` lie below ``root``.

    Raises VscVenvError where one of them cannot be read.
    """
    release = _os_fields(_text(root, "etc/os-release", "usr/lib/os-release"))
    cpu = _cpu_fields(_text(root, "proc/cpuinfo"))
    machine, flags = _machine(cpu), _flags(cpu)
    return Host(
        os_id=release.get("ID", "linux").lower(),
        os_version=release.get("VERSION_ID", ""),
        machine=machine,
        cpu=_newest_target(machine, _vendor(cpu), cpu.get("CPU part", ""), flags),
        flags=flags,
        is_virtual="hypervisor" in flags,
    )


def cpu_signature(cpuinfo: str) -> str:
    """Return what tells one kind of CPU from another, in the text of /proc/cpuinfo.

    Speeds, microcode and numbers of cores are left out: it is the same on all nodes of one kind. It is made of
    lines of the first processor, unchanged and in order, so a shell can make it while it reads the file.
    """
    lines = _first_processor(cpuinfo)
    return "\n".join(line for line in lines if line.partition(":")[0].strip() in _CPU_SIGNATURE_KEYS)


def os_signature(os_release: str) -> str:
    """Return the lines of os-release that name the distribution and its version, unchanged and in order."""
    return "\n".join(line for line in os_release.splitlines() if line.partition("=")[0] in _OS_SIGNATURE_KEYS)


def _text(root: Path, *places: str) -> str:
    path = next((root / place for place in places if (root / place).is_file()), root / places[0])
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as problem:
        raise VscVenvError(
            f"cannot read {path}, which says what this machine is: {problem.strerror}",
            "vsc-venv runs on Linux; a container needs /proc and /etc/os-release.",
        ) from problem


def _os_fields(os_release: str) -> dict[str, str]:
    return {key: value for key, _, value in _OS_RELEASE_LINE.findall(os_release)}


def _first_processor(cpuinfo: str) -> list[str]:
    return cpuinfo.partition("\n\n")[0].splitlines()


def _cpu_fields(cpuinfo: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in _first_processor(cpuinfo))
    return {key.strip(): value.strip() for key, _, value in pairs}


def _machine(cpu: Mapping[str, str]) -> str:
    """Return the machine family; from the file where it tells, since the file may be another machine's."""
    if "flags" in cpu:
        return "x86_64"
    return "aarch64" if "CPU implementer" in cpu else platform.machine()


def _vendor(cpu: Mapping[str, str]) -> str:
    """Return the vendor as archspec spells it."""
    code = cpu.get("CPU implementer", "")
    return cpu.get("vendor_id") or TARGETS_JSON["conversions"]["arm_vendors"].get(code, code)


def _flags(cpu: Mapping[str, str]) -> frozenset[str]:
    flags = set((cpu.get("flags") or cpu.get("Features") or "").split())
    if "ssse3" in flags:
        # Linux calls it pni; archspec asks for it by this name from 0.2.6 on.
        flags.add("sse3")
    return frozenset(flags)


def _newest_target(machine: str, vendor: str, part: str, flags: frozenset[str]) -> str:
    """Return the target that ``archspec.cpu.host()`` chooses on such a machine.

    archspec can only ask the machine it runs on, so its rules stand here again: all features must be there; a
    target for this very CPU part goes first, then the one with most ancestors above the best generic level.
    """
    if not flags:
        return machine
    usable = [
        target
        for target in archspec.cpu.TARGETS.values()
        if str(target.family) == machine
        and target.vendor in (vendor, "generic")
        and target.features <= flags
        # The generic levels of Arm name no features, so nothing would speak against the newest.
        and (machine != "aarch64" or target.vendor != "generic" or target.name == machine)
    ]
    generic = max((target for target in usable if target.vendor == "generic"), key=_rank)
    exact = [target for target in usable if part and target.cpu_part == part]
    above = [target for target in exact or usable if target > generic]
    return str(max(above or [generic], key=_rank))


def _rank(target: archspec.cpu.Microarchitecture) -> tuple[int, int]:
    return len(target.ancestors), len(target.features)
