"""A new generation: built aside, checked, recorded; the caller publishes it."""

from __future__ import annotations

import logging
import shutil
import time
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from vscvenv import install, venv
from vscvenv.errors import VscVenvError
from vscvenv.generation import RECORD, Generation
from vscvenv.messages import note
from vscvenv.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vscvenv.environ import Environ
    from vscvenv.generation import Store
    from vscvenv.interpreter import Interpreter
    from vscvenv.record import Basis
    from vscvenv.requirements import Requirements


def build(
    store: Store,
    basis: Basis,
    wanted: Requirements,
    interpreter: Interpreter,
    environ: Environ,
    options: install.Options,
) -> Generation:
    """Return a new complete generation, not yet published. The lock is held.

    Whatever goes wrong, an interrupt included, the directory is gone again and the log stays. Raises VscVenvError.
    """
    started = time.monotonic()
    path = store.begin()
    with _logged(store.home / "log" / f"{path.name}.log"):
        try:
            venv.create(path, interpreter, environ, prompt=store.name)
            report = _install(path, store, wanted, interpreter, environ, options)
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise
    record = Record(
        basis=basis,
        generation=path,
        installed=report.installed,
        provided=report.provided,
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )
    record.save(path / RECORD)
    note(f"{store.name}: {report.summary(time.monotonic() - started)} (Python {interpreter.version})")
    return Generation(path, record)


@contextmanager
def _logged(path: Path) -> Iterator[None]:
    """Write what happens to the log ``path``, and name it where something fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, mode="w", encoding="utf-8", errors="replace")
    logger = logging.getLogger("vscvenv")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    try:
        yield
    except VscVenvError as failed:
        failed.hint = f"{failed.hint or ''}\n  The log: {path}".strip()
        raise
    finally:
        logger.removeHandler(handler)
        handler.close()
