"""Start the core, also by this file's path: ``python -I vscvenv/__main__.py`` puts nothing else on sys.path."""

import atexit
import gc
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

_DAY = 24 * 3600.0


def start() -> None:
    """Import and run the program. Until it is there to say so, Ctrl-C ends it without a word."""
    # A program this short leaves nothing worth collecting, as it starts or as it ends.
    gc.disable()
    atexit.register(gc.freeze)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    _note_use()
    try:
        from vscvenv.cli import main  # noqa: PLC0415  # it takes so long that Ctrl-C may come meanwhile
    except ModuleNotFoundError as gone:
        raise SystemExit(
            f"vsc-venv: error: {gone}: its own environment {sys.prefix} is damaged; remove it to have it made anew"
        ) from None
    main()


def _note_use() -> None:
    """Note, once a day, that the environment of a clone's core is in use, in the time of bootstrap.py's mark."""
    mark = Path(sys.prefix, "complete")
    with suppress(OSError):
        if time.time() - mark.stat().st_mtime > _DAY:
            os.utime(mark)


if __name__ == "__main__":
    if not __package__:
        sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    start()
