"""Recorded machines: any CPU with any operating system, laid out as below ``/``."""

from __future__ import annotations

import shutil
from pathlib import Path

RECORDED = Path(__file__).parent / "data" / "machines"


def replay(root: Path, *, os: str, cpu: str) -> Path:
    """Make ``root`` a machine with the recorded ``os`` and ``cpu``, and return it."""
    for kind, name, place in (("os-release", os, "etc"), ("cpuinfo", cpu, "proc")):
        (root / place).mkdir(parents=True, exist_ok=True)
        shutil.copy(RECORDED / kind / name, root / place / kind)
    return root
