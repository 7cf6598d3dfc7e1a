"""Two clusters that know of each other, as `--clusters` of Slurm's programs needs it: by a database they share.

The database is a private one: its own directory, its own socket, nothing on the network, no tables of users.
"""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from testbed import store
from testbed.slurm import Slurm, free_ports, home, started, user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CLUSTERS = {"alpha": ("zen2", "haswell"), "beta": ("cascadelake",)}
"""Their names and partitions."""

_CONFIGURATION = """AuthType=auth/munge
AuthInfo=socket={directory}/munge.sock
CommunicationParameters=NoInAddrAny
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={port}
SlurmUser={user}
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser={user}
StorageLoc=accounting
LogFile={directory}/slurmdbd.log
PidFile={directory}/slurmdbd.pid
"""
_ENVIRON = {"PATH": os.defpath}
_OPTIONS = (
    "--no-defaults",
    "--skip-networking",
    "--skip-grant-tables",
    "--skip-log-bin",
    "--innodb-buffer-pool-size=8M",
    "--innodb-log-file-size=4M",
)
_PATIENCE = 120.0


@contextmanager
def clusters() -> Iterator[dict[str, Slurm]]:
    """Start the clusters, by name, and end them. Raises TestbedError naming the apt package where one is missing."""
    with home() as directory, ExitStack() as stack:
        _start_database(directory)
        port = _start_accounting(directory)
        more = (
            "AccountingStorageType=accounting_storage/slurmdbd\nAccountingStorageHost=127.0.0.1\n"
            f"AccountingStoragePort={port}\nAccountingStoragePass={directory}/munge.sock\n"
        )
        found = [Slurm(directory, name, partitions) for name, partitions in CLUSTERS.items()]
        every = {one.name: stack.enter_context(started(one, more)) for one in found}
        for one in every.values():
            _wait_until_known(one, directory)
        yield every


def _start_database(directory: Path) -> None:
    """Start a MariaDB that only who may enter ``directory`` can reach; it needs no tables of its own for that."""
    data, socket = directory / "data", directory / "sql" / "socket"
    data.mkdir()
    socket.parent.mkdir(0o700)
    places = (f"--datadir={data}", f"--socket={socket}", f"--pid-file={directory}/mariadbd.pid")
    words = (store.program("mariadbd", "mariadb-server-core"), *_OPTIONS, *places, f"--user={user()}")
    # It does not leave the foreground by itself.
    store.call(("sh", "-c", 'log=$1; shift; "$@" >"$log" 2>&1 &', "sh", f"{directory}/sql.log", *words), _ENVIRON)
    _wait(socket.exists, directory)


def _start_accounting(directory: Path) -> int:
    (port,) = free_ports(1)
    file = directory / "slurmdbd.conf"
    file.touch(0o600)
    file.write_text(_CONFIGURATION.format(directory=directory, port=port, user=user()), "utf-8")
    # It looks for its own configuration beside the clusters'.
    own = {"SLURM_CONF": f"{directory}/slurm.conf", "MYSQL_UNIX_PORT": f"{directory}/sql/socket"}
    store.call((store.program("slurmdbd", "slurmdbd"),), {**_ENVIRON, **own})
    log = directory / "slurmdbd.log"
    _wait(lambda: log.exists() and "started" in log.read_text("utf-8"), directory)
    return port


def _wait_until_known(cluster: Slurm, directory: Path) -> None:
    """Wait until ``cluster`` has told the database where it can be reached."""
    words = ("sinfo", "-h", f"--clusters={cluster.name}")
    _wait(lambda: cluster.run(*words, check=False).code == 0, directory)


def _wait(is_so: Callable[[], bool], directory: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            logs = "".join(file.read_text("utf-8", "replace")[-3000:] for file in directory.glob("*.log"))
            raise store.TestbedError(f"Slurm's database does not come up:\n{logs}")
        time.sleep(0.05)
