"""A build that stays in one stage: loading modules, resolving or installing, until it is ended."""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import testbed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from driving import Project

    Waiting = Callable[[], None]


@contextmanager
def loading(here: Project, temporary: Path) -> Iterator[Waiting]:
    """Have the modules tool take its time; ``temporary`` is where the core puts what that tool says."""
    here.write(modules=f"{testbed.site().python.module}\nslow/1.0\n")
    yield lambda: until(lambda: any(temporary.glob("vsc-venv-modules-*")))


@contextmanager
def resolving(here: Project, _temporary: Path) -> Iterator[Waiting]:
    """Have the package index never answer."""
    with socket.create_server(("127.0.0.1", 0)) as index:
        here.write(f"--index-url http://127.0.0.1:{index.getsockname()[1]}/simple\nthing\n")
        connections = []
        yield lambda: connections.append(index.accept())
        for connection, _ in connections:
            connection.close()


@contextmanager
def installing(here: Project, _temporary: Path) -> Iterator[Waiting]:
    """Have a distribution take its time to be built."""
    source = testbed.source(here.directory / "thing", testbed.Distribution("thing", "1.0"))
    backend, began = source / "backend.py", here.directory / "began"
    backend.write_text(f"import time\nopen({str(began)!r}, 'w').close()\ntime.sleep(60)\n" + backend.read_text())
    here.write("./thing\n")
    yield lambda: until(began.exists)


STAGES = (loading, resolving, installing)


def until(happened: Callable[[], bool]) -> None:
    """Wait until something happened."""
    while not happened():
        time.sleep(0.02)
