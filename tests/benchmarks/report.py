"""How benchmarks say what they measured: tables, the machine, and the place of both in the documentation."""

from __future__ import annotations

import os
import platform
import re
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path


def table(columns: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table; all but its first column are numbers."""
    lines = [columns, ["---", *("--:" for _ in columns[1:])], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def machine() -> str:
    """Return when and where this runs."""
    cpus = re.findall(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
    system = re.search(r'^PRETTY_NAME="?([^"\n]*)', Path("/etc/os-release").read_text("utf-8"), re.MULTILINE)
    cpu = cpus[0] if cpus else platform.machine()
    return (
        f"{datetime.now(timezone.utc):%d %B %Y}, {os.cpu_count()} cores of an {cpu}, "
        f"{system[1] if system else platform.system()}, load {os.getloadavg()[0]:.1f}, uv {metadata.version('uv')}"
    )


def put_into(page: Path, program: str, text: str) -> None:
    """Replace what stands between the marks of ``program`` in ``page``."""
    begin, end = f"<!-- begin {program} -->\n", f"<!-- end {program} -->"
    head, found, rest = page.read_text("utf-8").partition(begin)
    if not found:
        raise SystemExit(f"{page} has no line {begin.strip()}")
    page.write_text(f"{head}{begin}\n{text.strip()}\n\n{end}{rest.partition(end)[2]}", "utf-8")
