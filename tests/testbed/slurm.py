"""A real Slurm on this machine: a controller and three nodes, each a partition with its own microarchitecture.

Needs neither root, nor systemd, nor /etc: everything lies in one directory, and the ports are free ones.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from testbed import store
from vscvenv.process import Completed, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PARTITIONS = ("zen2", "haswell", "cascadelake")
"""Named as the site calls their CPUs; node ``zen2-1`` is partition zen2's only one, and so on."""

_CONFIGURATION = """ClusterName={name}
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={ports[0]}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthType=auth/munge
AuthInfo=socket={directory}/munge.sock
CredType=cred/munge
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={directory}/state-{name}
SlurmdSpoolDir={directory}/spool-%n
SlurmctldPidFile={directory}/slurmctld-{name}.pid
SlurmdPidFile={directory}/slurmd-%n.pid
SlurmctldLogFile={directory}/slurmctld-{name}.log
SlurmdLogFile={directory}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
TaskProlog={directory}/task-prolog
SlurmdParameters=config_overrides
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_min_interval=0,batch_sched_delay=0,bf_interval=1
SlurmdTimeout=120
MessageTimeout=10
BatchStartTimeout=60
KillWait=1
PreemptType=preempt/partition_prio
PreemptMode=CANCEL
MinJobAge=2
{more}PartitionName=DEFAULT MaxTime=60
"""
# What a site's prolog sets on each node; the rest comes from the test, by way of a file.
_PROLOG = """#!/bin/sh
echo "export VSC_OS_LOCAL=debian12"
echo "export VSC_ARCH_LOCAL=${{SLURMD_NODENAME%-*}}"
cat {directory}/exports
"""
_PATIENCE = 120.0


def user() -> str:
    """Return the name of who runs all this."""
    return run(("id", "-un"), env={"PATH": os.defpath}).output.strip()


@dataclass(frozen=True)
class Slurm:
    """A running cluster; ``directory`` holds all of it, and of those that it shares a database with."""

    directory: Path
    name: str = "testbed"
    partitions: tuple[str, ...] = PARTITIONS

    @property
    def environment(self) -> dict[str, str]:
        """What Slurm's programs need to find it."""
        return {"SLURM_CONF": str(self.directory / f"{self.name}.conf")}

    def export_to_tasks(self, environ: Mapping[str, str]) -> None:
        """Let every task from now on start with ``environ`` set; values are one line each."""
        store.publish(self.directory / "exports", "".join(f"export {name}={environ[name]}\n" for name in environ))

    def run(self, *words: str, check: bool = True) -> Completed:
        """Run one of Slurm's programs."""
        return run(words, env={"PATH": os.defpath, **self.environment}, check=check)

    def call(self, *words: str) -> str:
        """Run one of Slurm's programs and return what it printed."""
        return self.run(*words).output

    def start(self, daemon: str, *words: str) -> None:
        """Start a daemon, which goes on in the background. Raises TestbedError where it does not."""
        store.call((store.program(daemon, "slurm-wlm"), *words), {"PATH": os.defpath, **self.environment})

    @property
    def user(self) -> str:
        """Who runs all this."""
        return user()

    def start_controller(self) -> None:
        """Start the controller, which goes on where it was."""
        self.start("slurmctld")

    def stop_controller(self) -> None:
        """End the controller; jobs run on. Killed, it would later give numbers again that nodes know already."""
        file = self.directory / f"slurmctld-{self.name}.pid"
        kill(file, signal.SIGTERM)
        deadline = time.monotonic() + _PATIENCE
        while file.exists():
            if time.monotonic() > deadline:
                raise store.TestbedError(f"the controller of {self.name} does not end")
            time.sleep(0.05)

    @contextmanager
    def frozen_controller(self) -> Iterator[None]:
        """Have the controller take requests, and answer none, for as long as the context lasts."""
        file = self.directory / f"slurmctld-{self.name}.pid"
        kill(file, signal.SIGSTOP)
        try:
            yield
        finally:
            kill(file, signal.SIGCONT)

    def wait_until_forgotten(self, job: str) -> None:
        """Wait until the controller no longer knows ``job``, soon after it has ended."""
        self.wait_for(job)
        while self.run("squeue", "-j", job, check=False).code == 0:
            time.sleep(0.1)

    def wait_for(self, job: str, seconds: float = 240.0) -> None:
        """Wait until ``job``, an array as a whole, has ended. Raises TestbedError where it does not in time."""
        deadline = time.monotonic() + seconds
        while self.call("squeue", "-h", "-j", job, "-t", "PENDING,RUNNING,COMPLETING,CONFIGURING").strip():
            if time.monotonic() > deadline:
                raise store.TestbedError(f"job {job} has not ended:\n{self.call('squeue')}")
            time.sleep(0.1)


@contextmanager
def slurm() -> Iterator[Slurm]:
    """Start a cluster, and end it. Raises TestbedError naming the apt package where one is missing."""
    with home() as directory, started(Slurm(directory)) as cluster:
        yield cluster


@contextmanager
def home() -> Iterator[Path]:
    """Give clusters a directory, with munge, by which they know each other; end what has noted its id there."""
    with ExitStack() as stack:
        # Slurm keeps sockets in it, whose paths are short by nature.
        directory = Path(tempfile.mkdtemp(prefix="vsc-slurm-", dir="/tmp"))
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        directory.chmod(0o711)
        stack.callback(_kill_all, directory)
        _start_munge(directory)
        yield directory


@contextmanager
def started(cluster: Slurm, more: str = "") -> Iterator[Slurm]:
    """Start ``cluster``, with ``more`` lines in its configuration."""
    _configure(cluster, more)
    cluster.start_controller()
    try:
        for name in cluster.partitions:
            cluster.start("slurmd", "-N", f"{name}-1")
        _wait_until_idle(cluster)
        yield cluster
    finally:
        _end_jobs(cluster)


def _configure(cluster: Slurm, more: str) -> None:
    directory, partitions = cluster.directory, cluster.partitions
    (directory / f"state-{cluster.name}").mkdir()
    ports = free_ports(len(partitions) + 1)
    text = _CONFIGURATION.format(name=cluster.name, directory=directory, ports=ports, user=user(), more=more)
    for name, port in zip(partitions, ports[1:]):
        text += f"NodeName={name}-1 NodeHostname={name}-host NodeAddr=127.0.0.1 Port={port} CPUs=4 RealMemory=16000\n"
        text += f"PartitionName={name} Nodes={name}-1 Default={'YES' if name == partitions[0] else 'NO'}\n"
    (directory / f"{cluster.name}.conf").write_text(text, "utf-8")
    (directory / "task-prolog").write_text(_PROLOG.format(directory=directory), "utf-8")
    (directory / "task-prolog").chmod(0o755)
    cluster.export_to_tasks({})


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _start_munge(directory: Path) -> None:
    key = directory / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    files = [f"--{what}-file={directory}/munge.{what}" for what in ("key", "pid", "log", "seed")]
    munged = store.program("munged", "munge")
    store.call((munged, "--force", f"--socket={directory}/munge.sock", *files), {"PATH": os.defpath})


def _wait_until_idle(cluster: Slurm) -> None:
    deadline = time.monotonic() + _PATIENCE
    while cluster.call("sinfo", "-h", "-t", "idle", "-o", "%P").count("\n") < len(cluster.partitions):
        if time.monotonic() > deadline:
            logs = "".join(file.read_text("utf-8", "replace") for file in cluster.directory.glob("*.log"))
            raise store.TestbedError(f"Slurm does not come up:\n{logs[-5000:]}")
        time.sleep(0.05)


def _end_jobs(cluster: Slurm) -> None:
    """Cancel all jobs and wait until they are gone: what watches over one would look for the controller for long."""
    cluster.run("scancel", "--user", user(), check=False)
    deadline = time.monotonic() + _PATIENCE
    while cluster.run("squeue", "-h", check=False).output.strip() and time.monotonic() < deadline:
        time.sleep(0.05)


def _kill_all(directory: Path) -> None:
    """End what was started, by the ids that the daemons left; orderly they would take ten seconds for it."""
    for file in directory.glob("*.pid"):
        kill(file)


def kill(file: Path, number: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal, by default the one that ends it, to the daemon that noted its id in ``file``."""
    with suppress(ProcessLookupError):
        os.kill(int(file.read_text("utf-8")), number)
