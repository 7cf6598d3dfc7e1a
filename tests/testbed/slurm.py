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
from vscvenv.process import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PARTITIONS = ("zen2", "haswell", "cascadelake")
"""Named as the site calls their CPUs; node ``zen2-1`` is partition zen2's only one, and so on."""

_CONFIGURATION = """ClusterName=testbed
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={ports[0]}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthType=auth/munge
AuthInfo=socket={directory}/munge.sock
CredType=cred/munge
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={directory}/state
SlurmdSpoolDir={directory}/spool-%n
SlurmctldPidFile={directory}/slurmctld.pid
SlurmdPidFile={directory}/slurmd-%n.pid
SlurmctldLogFile={directory}/slurmctld.log
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
SchedulerParameters=sched_min_interval=0,batch_sched_delay=0
SlurmdTimeout=10
MessageTimeout=10
BatchStartTimeout=60
KillWait=1
MinJobAge=2
PartitionName=DEFAULT MaxTime=60
"""
# What a site's prolog sets on each node; the rest comes from the test, by way of a file.
_PROLOG = """#!/bin/sh
echo "export VSC_OS_LOCAL=debian12"
echo "export VSC_ARCH_LOCAL=${{SLURMD_NODENAME%-*}}"
cat {directory}/exports
"""
_PATIENCE = 20.0


@dataclass(frozen=True)
class Slurm:
    """A running cluster; ``directory`` holds all of it."""

    directory: Path

    @property
    def environment(self) -> dict[str, str]:
        """What the client programs need."""
        return {"SLURM_CONF": str(self.directory / "slurm.conf")}

    def export_to_tasks(self, environ: Mapping[str, str]) -> None:
        """Let every task from now on start with ``environ`` set; values are one line each."""
        store.publish(self.directory / "exports", "".join(f"export {name}={environ[name]}\n" for name in environ))

    def call(self, *words: str) -> str:
        """Run a client program and return what it printed."""
        return run(words, env={"PATH": os.defpath, **self.environment}).output

    def start_controller(self) -> None:
        """Start the controller, which goes on where it was."""
        store.call((store.program("slurmctld", "slurm-wlm"),), {"PATH": os.defpath, **self.environment})

    def stop_controller(self) -> None:
        """End the controller; jobs run on."""
        _kill(self.directory / "slurmctld.pid")

    def wait_for(self, job: str, seconds: float = 120.0) -> None:
        """Wait until ``job``, an array as a whole, has ended. Raises TestbedError where it does not in time."""
        deadline = time.monotonic() + seconds
        while self.call("squeue", "-h", "-j", job, "-t", "PENDING,RUNNING,COMPLETING,CONFIGURING").strip():
            if time.monotonic() > deadline:
                raise store.TestbedError(f"job {job} has not ended:\n{self.call('squeue')}")
            time.sleep(0.1)


@contextmanager
def slurm() -> Iterator[Slurm]:
    """Start a cluster, and end it. Raises TestbedError naming the apt package where one is missing."""
    with ExitStack() as stack:
        # Slurm keeps sockets in it, whose paths are short by nature.
        directory = Path(tempfile.mkdtemp(prefix="vsc-slurm-", dir="/tmp"))
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        directory.chmod(0o711)
        cluster = Slurm(directory)
        _configure(cluster)
        stack.callback(_stop, cluster)
        _start_munge(directory)
        environ = {"PATH": os.defpath, **cluster.environment}
        cluster.start_controller()
        for name in PARTITIONS:
            store.call((store.program("slurmd", "slurm-wlm"), "-N", f"{name}-1"), environ)
        _wait_until_idle(cluster)
        yield cluster


def _configure(cluster: Slurm) -> None:
    directory = cluster.directory
    (directory / "state").mkdir()
    ports = _free_ports(len(PARTITIONS) + 1)
    text = _CONFIGURATION.format(directory=directory, ports=ports, user=_user())
    for name, port in zip(PARTITIONS, ports[1:]):
        text += f"NodeName={name}-1 NodeHostname={name}-host NodeAddr=127.0.0.1 Port={port} CPUs=4 RealMemory=16000\n"
        text += f"PartitionName={name} Nodes={name}-1 Default={'YES' if name == PARTITIONS[0] else 'NO'}\n"
    (directory / "slurm.conf").write_text(text, "utf-8")
    (directory / "task-prolog").write_text(_PROLOG.format(directory=directory), "utf-8")
    (directory / "task-prolog").chmod(0o755)
    cluster.export_to_tasks({})


def _user() -> str:
    return run(("id", "-un"), env={"PATH": os.defpath}).output.strip()


def _free_ports(count: int) -> list[int]:
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
    while cluster.call("sinfo", "-h", "-t", "idle", "-o", "%P").count("\n") < len(PARTITIONS):
        if time.monotonic() > deadline:
            logs = "".join(file.read_text("utf-8", "replace") for file in cluster.directory.glob("*.log"))
            raise store.TestbedError(f"Slurm does not come up:\n{logs[-5000:]}")
        time.sleep(0.05)


def _stop(cluster: Slurm) -> None:
    """End what was started, by the ids that the daemons left; orderly they would take ten seconds for it."""
    run(("scancel", "--user", _user()), env={"PATH": os.defpath, **cluster.environment}, check=False)
    for file in cluster.directory.glob("*.pid"):
        _kill(file)


def _kill(file: Path) -> None:
    with suppress(ProcessLookupError):
        os.kill(int(file.read_text("utf-8")), signal.SIGKILL)
