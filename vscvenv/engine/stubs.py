"""Metadata that stands for provided distributions in an environment while uv resolves.

uv sees only what lies in the environment itself. A stub is a ``.dist-info`` directory without a distribution: uv
keeps it where the version will do, and "uninstalls" nothing but the stub where it will not.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from vscvenv.engine.provided import Provided

# Tells a stub from a distribution, also to a later run that finds what a killed one left.
_INSTALLER = "vsc-venv-stub"
_WHEEL = "Wheel-Version: 1.0\nGenerator: vsc-venv\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@contextmanager
def standing(directory: Path, distributions: Iterable[Provided]) -> Iterator[None]:
    """Have stubs of ``distributions`` in the site-packages ``directory`` for as long as the context lasts."""
    sweep(directory)
    try:
        add(directory, distributions)
        yield
    finally:
        sweep(directory)


def add(directory: Path, distributions: Iterable[Provided]) -> None:
    """Put stubs of ``distributions`` into ``directory``; the caller has them removed again."""
    for distribution in distributions:
        _write(directory / _directory_name(distribution), distribution)


def sweep(directory: Path) -> None:
    """Remove all stubs from ``directory``."""
    for found in directory.glob("*.dist-info"):
        if _is_stub(found):
            shutil.rmtree(found, ignore_errors=True)


def drop(directory: Path, distributions: Iterable[Provided]) -> None:
    """Remove the stubs of ``distributions``: they are provided no longer."""
    for distribution in distributions:
        found = directory / _directory_name(distribution)
        if _is_stub(found):
            shutil.rmtree(found)


def stands_for(directory: Path, distribution: Provided) -> bool:
    """Tell whether ``distribution``, found in ``directory``, is only a stub."""
    return _is_stub(directory / _directory_name(distribution))


def _is_stub(found: Path) -> bool:
    try:
        return (found / "INSTALLER").read_text(encoding="utf-8").strip() == _INSTALLER
    except (OSError, UnicodeDecodeError):
        return False


def _directory_name(distribution: Provided) -> str:
    return f"{distribution.name.replace('-', '_')}-{distribution.version}.dist-info"


def _write(target: Path, distribution: Provided) -> None:
    files = {
        # First, so that a stub that was cut short is still known as one.
        "INSTALLER": _INSTALLER + "\n",
        "METADATA": _metadata(distribution),
        "WHEEL": _WHEEL,
        "entry_points.txt": distribution.entry_points,
    }
    files["RECORD"] = _record(target.name, files)
    target.mkdir()
    for name, text in files.items():
        (target / name).write_text(text, encoding="utf-8")


def _metadata(distribution: Provided) -> str:
    lines = ["Metadata-Version: 2.1", f"Name: {distribution.name}", f"Version: {distribution.version}"]
    lines += [f"Provides-Extra: {extra}" for extra in distribution.extras]
    lines += [f"Requires-Dist: {requirement}" for requirement in distribution.requires]
    return "\n".join(lines) + "\n"


def _record(directory: str, files: dict[str, str]) -> str:
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    for name, text in files.items():
        content = text.encode()
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        writer.writerow([f"{directory}/{name}", f"sha256={digest}", len(content)])
    writer.writerow([f"{directory}/RECORD", "", ""])
    return rows.getvalue()
