"""One build at a time: a lock that works on network file systems, and says for whom one waits."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

import filelock

from vscvenv.errors import VscVenvError
from vscvenv.files import make_directory, read_json
from vscvenv.messages import note, progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Native locks do not exclude across the caches of NFS clients and are missing on some Lustre mounts. filelock 4, which
# needs Python 3.11, has a lock made of hard-linked claims that does; older ones have O_EXCL only. Which
# it is may differ between operating systems, but so does the label, and each label has its own lock.
_Lock: type[filelock.BaseFileLock] = getattr(filelock, "StrictSoftFileLock", filelock.SoftFileLock)
_Damaged: type[Exception] = getattr(filelock, "SoftFileLockProtocolError", filelock.Timeout)
LIMIT = 3600.0
"""How long to wait for another build, in seconds."""
BEAT = 15.0
"""How often a holder shows that it is alive, in seconds."""
SILENCE = 300.0
"""After how many seconds without that a holder on another host is taken for dead."""
# A holder has the lock a moment before it says who it is, and many may hold it for no longer than that; in seconds.
_MOMENT = 10.0
_SOMEBODY = "another process"


@contextmanager
def exclusive(path: Path, environ: Mapping[str, str], limit: float = LIMIT) -> Iterator[None]:
    """Hold the lock ``path``; while another holds it, wait and say once for whom.

    Raises VscVenvError where it is still held after ``limit`` seconds, or nothing can be made where it is to be, and
    OSError where ``path`` cannot be written.
    """
    holder = path.with_name(f"{path.name}.holder")
    lock = _Lock(path)
    make_directory(path.parent, "Use --venvs DIR for another place.")
    _acquire(lock, holder, limit)
    me = _myself(environ)
    try:
        holder.write_text(json.dumps(me), encoding="utf-8")
        with _alive(holder):
            yield
    finally:
        # Another one holds it where we were taken for dead, as a job that is suspended for long is.
        if _read(holder) in ({}, me):
            _release(lock, holder)


def _release(lock: filelock.BaseFileLock, holder: Path) -> None:
    with suppress(OSError):
        holder.unlink()
    # Where the file system has just become read-only, what went wrong before says so. The next one finds us dead.
    with suppress(Exception):
        lock.release()


def held_by(path: Path) -> Optional[str]:
    """Return who holds the lock ``path``, in words, or None; looks only, so that it may have changed meanwhile."""
    found = _read(path.with_name(f"{path.name}.holder"))
    return _words(found) if found and not _died(found) else None


@contextmanager
def _alive(holder: Path) -> Iterator[None]:
    """Touch the file ``holder`` regularly, which is all that other hosts can know of us."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(BEAT):
            with suppress(OSError):
                holder.touch()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _acquire(lock: filelock.BaseFileLock, holder: Path, limit: float) -> None:
    if _try(lock, seconds=0):
        return
    pulse = _Pulse(holder)
    began, said = time.monotonic(), False
    with progress() as show:
        while not _try(lock, seconds=0.5 if said else 0.05):
            waited = time.monotonic() - began
            who = held_by(Path(lock.lock_file))
            if not said and (who or waited > _MOMENT):
                note(f"waiting for {who or _SOMEBODY}, which is building this environment")
                said = True
            _break_if_dead(lock, holder, silent=pulse.is_silent())
            if waited > limit:
                raise _gave_up(lock, holder, limit)
            show(f"waiting for {waited:.0f} s")


def _gave_up(lock: filelock.BaseFileLock, holder: Path, limit: float) -> VscVenvError:
    return VscVenvError(
        f"gave up after {limit:.0f} s: {_words(_read(holder))} still holds {lock.lock_file}",
        "If it no longer runs, remove that file and try again.",
    )


class _Pulse:
    """Watches a holder's file change, by our own clock: those of two hosts may differ."""

    def __init__(self, holder: Path) -> None:
        self.holder = holder
        self.seen = (_changed(holder), time.monotonic())

    def is_silent(self) -> bool:
        """Tell whether the file has not been touched for SILENCE seconds while we were watching."""
        changed = _changed(self.holder)
        if changed != self.seen[0]:
            self.seen = (changed, time.monotonic())
        return time.monotonic() - self.seen[1] > SILENCE


def _changed(holder: Path) -> int:
    with suppress(OSError):
        return holder.stat().st_mtime_ns
    return 0


def _break_if_dead(lock: filelock.BaseFileLock, holder: Path, *, silent: bool) -> None:
    """Take the lock from a process of this host that no longer runs, or of another that has been ``silent``."""
    with suppress(OSError, ValueError):
        if isinstance(lock, filelock.SoftFileLock):
            _move_away(Path(lock.lock_file), holder, silent=silent)
        for claim in getattr(lock, "claims", ()):
            holding = _read(holder)
            is_ours = _is_of_here({**holding, "host": claim.hostname})
            is_gone = not _start_time(claim.pid) or _died(holding, claim.pid)
            is_dead = is_gone if is_ours else silent
            if is_dead:
                lock.force_break(claim.name)  # type: ignore[attr-defined]  # only where there are claims


def _move_away(file: Path, holder: Path, *, silent: bool) -> None:
    """Remove the lock ``file`` of a dead holder; where another process was faster, its new lock is put back."""
    found = file.stat().st_ino
    holding = _read(holder)
    is_dead = _died(holding) if _is_of_here(holding) else silent
    if not is_dead:
        return
    aside = Path(f"{file}.{os.getpid()}")
    file.rename(aside)
    if aside.stat().st_ino != found:
        os.link(aside, file)
    aside.unlink()


def _try(lock: filelock.BaseFileLock, seconds: float) -> bool:
    """Tell whether the lock could be had. Raises OSError as `exclusive`, and VscVenvError where it is damaged."""
    try:
        lock.acquire(timeout=seconds, poll_interval=0.1)
    except filelock.Timeout:
        return False
    except Exception as problem:
        if refused := _refusal(problem):
            raise OSError(refused.errno, refused.strerror, lock.lock_file) from problem
        if not isinstance(problem, _Damaged):
            raise
        raise VscVenvError(
            f"the lock {lock.lock_file} cannot be understood: {problem}",
            f"When nothing builds there, remove it: rm -rf '{lock.lock_file}'*",
        ) from problem
    return True


def _refusal(problem: Optional[BaseException]) -> Optional[OSError]:
    """Return what the file system refused, where ``problem`` comes of that: filelock wraps or groups it."""
    if problem is None or (isinstance(problem, OSError) and problem.errno):
        return problem
    behind = (*getattr(problem, "exceptions", ()), problem.__cause__)
    return next(filter(None, map(_refusal, behind)), None)


def _myself(environ: Mapping[str, str]) -> dict[str, Any]:
    return {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "start": _start_time(os.getpid()),
        "boot": _boot_id(),
        "namespace": _namespace(),
        "job": environ.get("SLURM_JOB_ID") or environ.get("PBS_JOBID"),
        "since": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }


def _words(holder: dict[str, Any]) -> str:
    if not holder:
        return _SOMEBODY
    job = f"job {holder['job']}, " if holder.get("job") else ""
    return f"process {holder.get('pid')} on {holder.get('host')} ({job}since {holder.get('since')})"


def _died(holder: dict[str, Any], pid: Optional[int] = None) -> bool:
    """Tell whether the holder, known to be ``pid``, surely no longer runs, which only its own host can know."""
    if not holder or not _is_of_here(holder) or holder.get("pid") != (pid or holder.get("pid")):
        return False
    return holder.get("boot") != _boot_id() or holder.get("start") != _start_time(int(holder["pid"]))


def _is_of_here(holder: dict[str, Any]) -> bool:
    """Tell whether the holder is on this host, and not in a container whose processes have other numbers."""
    return holder.get("host") == socket.gethostname() and holder.get("namespace", _namespace()) == _namespace()


def _read(holder: Path) -> dict[str, Any]:
    try:
        return read_json(holder)
    except (OSError, ValueError):
        return {}


def _start_time(pid: int) -> str:
    """Return when the process started, in ticks since boot (proc(5): field 22 of stat); nothing where it is gone."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[19]
    return ""


def _namespace() -> str:
    """Return what tells the processes that we can see from those with the same numbers (pid_namespaces(7))."""
    with suppress(OSError):
        return str(Path("/proc/self/ns/pid").readlink())
    return ""


def _boot_id() -> str:
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    return ""
