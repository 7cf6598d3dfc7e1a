"""Files that hold anything at all: understood, or refused by name; never a traceback."""

from __future__ import annotations

import copy
import io
import json
import os
import socket
import sys
from contextlib import redirect_stderr
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vscvenv import lock, pinned, record, replay, slots
from vscvenv.engine import interpreter
from vscvenv.errors import VscVenvError
from vscvenv.reading import modulelist, pylock, requirements
from vscvenv.reading.inputs import Input, read_input
from vscvenv.request import Request

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

REQUIREMENTS = b"""\
# what the project needs
numpy>=1.25,<2 ; python_version >= "3.9"
-r more.txt
-e ./package[extra]
requests[socks] @ https://user:secret@example.org/requests.tar.gz --hash=sha256:00ff
--index-url https://example.org/simple
pandas==2.1.* \\
    --no-binary pandas
"""
MODULES = b"""\
# the toolchain
module use $VSC_DATA/modules
SciPy-bundle/2023.07-gfbf-2023a
ml Pillow/10.0.0-GCCcore-12.3.0 > /dev/null 2>&1
module swap cluster/alpha
- load Python
"""
HOLDER = json.dumps(
    {"host": socket.gethostname(), "pid": os.getpid(), "start": "1", "boot": "b", "job": None, "since": "now"}
).encode()
LOCK_FILE = b"""\
lock-version = "1.0"
created-by = "vsc-venv"
requires-python = ">=3.6"

[[packages]]
name = "top"
version = "1.0"
marker = "python_full_version >= '3.6'"
sdist = { url = "https://example.org/top-1.0.tar.gz", hashes = { sha256 = "00ff" } }
wheels = [{ url = "https://example.org/top-1.0-py3-none-any.whl", hashes = { sha256 = "00ff" } }]

[[packages]]
name = "mine"
directory = { path = "../mine", editable = true }

[[packages]]
name = "tracked"
vcs = { type = "git", url = "https://example.org/tracked", commit-id = "0123456789abcdef" }

[tool.vsc-venv]
requirements = [
    "top>=1",
]

[[tool.vsc-venv.provided]]
label = "RHEL8-zen2"
python = "3.11"

[tool.vsc-venv.provided.distributions]
numpy = "1.26.4"
site-only = "1.0"
"""
_WORDS = (
    b"[" * 9999,
    b"\0",
    b"\xff\xfe",
    b"\r\n",
    b"$(id)",
    b"`id`",
    b";",
    b"-r ",
    b"--",
    b"\\\n",
    b"[",
    b"{",
    b'"',
    b"'",
    b"\xef\xbb\xbf",
    b"@",
    b"=" * 9,
)
_VALUES: tuple[Any, ...] = (None, True, -1, 1e400, "", "\0", "../../etc", [], {}, [[[]]], {"": None}, "x" * 100_000)


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Return ``content`` cut, doubled, sprinkled or replaced."""
    kind = chance.randrange(5)
    if kind == 0:
        return content[: chance.randrange(len(content) + 1)]
    if kind == 1:
        return chance.randbytes(chance.randrange(300))
    if kind == 2:
        return content * chance.randrange(2, 40)
    sprinkled = bytearray(content)
    for _ in range(chance.randrange(1, 6)):
        place = chance.randrange(len(sprinkled) + 1)
        sprinkled[place : place + chance.randrange(4)] = chance.choice(_WORDS)
    return bytes(sprinkled)


def mutated_json(content: bytes, chance: random.Random) -> bytes:
    """Return JSON of another shape, or what is no JSON any more."""
    if chance.randrange(3) == 0:
        return mutated(content, chance)
    data = json.loads(content)
    for _ in range(chance.randrange(1, 4)):
        _spoil(data, chance)
    return json.dumps(data).encode()


def _spoil(data: Any, chance: random.Random) -> None:
    """Replace or remove one value, somewhere below ``data``."""
    keys = list(data) if isinstance(data, dict) else list(range(len(data)))
    if not keys:
        return
    key = chance.choice(keys)
    if isinstance(data[key], (dict, list)) and data[key] and chance.randrange(2):
        _spoil(data[key], chance)
    elif chance.randrange(3) == 0:
        del data[key]
    else:
        data[key] = copy.deepcopy(chance.choice(_VALUES))


def try_all(directory: Path, good: Path, chance: random.Random) -> None:
    """Try ``KINDS`` bad inputs, one of each kind; ``good`` is a project's label directory with real records."""
    with redirect_stderr(io.StringIO()):  # what is only warned of
        _try_all(directory, good, chance)


def _try_all(directory: Path, good: Path, chance: random.Random) -> None:
    file = directory / "file"
    for content, reader in (
        (mutated(REQUIREMENTS, chance), _read_requirements),
        (mutated(MODULES, chance), _read_modules),
        (mutated(LOCK_FILE, chance), _read_lock_file),
    ):
        file.write_bytes(content)
        _must_name(reader, file)
    file.write_bytes(mutated_json((good / "1/vsc-venv.json").read_bytes(), chance))
    found = record.load(file, directory)
    if found is not None:
        _must_compare(found)
    change = next((good / "1/changes").glob("*.json"))
    (directory / "change.json").write_bytes(mutated_json(change.read_bytes(), chance))
    _must_undo(directory / "change")
    _try_slot(directory / "fuzz", next(good.parent.glob("warm*/*/1.json")).read_bytes(), chance)
    file.write_bytes(mutated_json(HOLDER, chance))
    (directory / "file.holder").write_bytes(file.read_bytes())
    assert isinstance(lock.held_by(file), (str, type(None)))


KINDS = 7


def _try_slot(directory: Path, content: bytes, chance: random.Random) -> None:
    home = slots.Home(directory / f"{os.geteuid()},", directory / "changes")
    home.slots.mkdir(parents=True, exist_ok=True)
    (home.slots / "1.json").write_bytes(mutated_json(content, chance))
    slots.prune(home, grace=0)
    for one in slots.read(home.slots).values():
        assert all(isinstance(reason, str) for reason in one.why_not({"PWD": "/"}, directory))


def _read_requirements(file: Path) -> None:
    requirements.read([file], extras=(), groups=(), environ={}, cwd=file.parent)


def _read_lock_file(file: Path) -> None:
    """What was understood can be asked for what a build and a message need."""
    locked = pylock.read(file, {}, file.parent)
    assert locked is not None
    python = _python()
    chosen = pinned.choose(locked, "RHEL8-zen2", python, Request(file), {})
    assert all(pinned.line(package, file.parent, source) for package, source in chosen)


@cache
def _python() -> interpreter.Interpreter:
    return interpreter.probe(Path(sys.executable), dict(os.environ))


def _read_modules(file: Path) -> None:
    modulelist.parse(read_input(file, "modules file", {}, file.parent), {"VSC_DATA": "/data"})


def _must_name(reader: Callable[[Path], None], file: Path) -> None:
    refused = ""
    try:
        reader(file)
    except VscVenvError as problem:
        refused = problem.message
    assert not refused or str(file) in refused, refused


def _must_compare(found: record.Record) -> None:
    """A record that was understood can be compared with what is asked for now."""
    now = record.Basis(found.basis.request, (Input(Path("/x"), b""),), (), {"version": "3"})
    assert all(isinstance(reason, str) for reason in found.drift(now, Path(os.devnull)))
    assert all(isinstance(reason, str) for reason in found.basis.drift(now))


def _must_undo(stem: Path) -> None:
    try:
        change = replay.Replay(stem).change
    except (OSError, ValueError, KeyError):
        return
    undone = change.undo({"PATH": "/a:/b", "X": "1"})
    assert all(isinstance(value, str) for value in undone.values())
