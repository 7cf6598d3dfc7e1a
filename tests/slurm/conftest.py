"""A project whose user works on a real Slurm."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import testbed
from testbed.environment import hermetic
from testbed.slurm import PARTITIONS, Slurm, slurm
from vscvenv import process

if TYPE_CHECKING:
    from collections.abc import Iterator

LOGIN_CPU = "icelake"
"""What the login node calls its CPU: no partition has it."""


@pytest.fixture(scope="session")
def cluster() -> Iterator[Slurm]:
    """A running Slurm."""
    with slurm() as running:
        yield running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have one process run all tests of this directory: they need one cluster, and leave the processors to others."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.xdist_group("slurm"))


def restore(cluster: Slurm) -> None:
    """Take back what a test before left: jobs, and nodes that are down."""
    cluster.run("scancel", "--me", check=False)
    for name in PARTITIONS:
        # Refused where it is at work already.
        cluster.run("scontrol", "update", f"nodename={name}-1", "state=resume", check=False)


@dataclass(frozen=True)
class User:
    """Somebody on the login node, in their project."""

    cluster: Slurm
    directory: Path
    environ: dict[str, str]
    on_nodes: dict[str, str]
    """What tasks start with, besides VSC_*."""

    def run(self, *words: str, **more: str) -> process.Completed:
        """Run a program on the login node."""
        return process.run(words, env={**self.environ, **more}, cwd=self.directory, check=False)

    def hold_jobs(self) -> Path:
        """Let every login shell wait for the file that is returned, its process id in ``held`` beside it."""
        gate = Path(self.environ["HOME"]) / "gate"
        profile = gate.with_name(".bash_profile")
        held = shlex.quote(str(gate.with_name("held")))
        profile.write_text(f"echo $$ >{held}\nwhile ! [ -e {shlex.quote(str(gate))} ]; do sleep 0.05; done\n", "utf-8")
        return gate

    def path_without_scheduler(self, *programs: str) -> str:
        """Return a PATH with nothing of Slurm's on it but ``programs``."""
        directory = Path(self.environ["HOME"]) / "bin"
        directory.mkdir()
        own = re.compile("s(batch|queue|cancel|info|run|alloc|control)|q(sub|stat|del)")
        for file in Path("/usr/bin").iterdir():
            if not own.fullmatch(file.name):
                (directory / file.name).symlink_to(file)
        for name in programs:
            # Not a link: the wrappers look for Slurm's programs beside themselves.
            (directory / name).write_text(f'#!/bin/sh\nexec /usr/bin/{name} "$@"\n', "utf-8")
            (directory / name).chmod(0o755)
        return f"{self.environ['PATH'].partition(os.pathsep)[0]}{os.pathsep}{directory}"

    def submit(self, text: str, *options: str, **more: str) -> str:
        """Submit the batch script ``text``, its output in ``out.JOB.TASK``; return the job's number."""
        script = self.directory / "job.sh"
        script.write_text(text, "utf-8")
        output = f"--output={self.directory}/out.%A.%a"
        done = self.run("sbatch", "--parsable", output, *options, str(script), **more)
        assert done.code == 0, done.messages
        return done.output.strip()

    def is_built(self, name: str) -> bool:
        """Tell whether there is an environment for the microarchitecture ``name``."""
        return (self.directory / f"venvs/venv-debian12-{name}/bin/python").exists()

    def outputs(self, job: str) -> list[str]:
        """Return what the tasks of ``job`` printed, once it has ended."""
        self.cluster.wait_for(job)
        return [file.read_text("utf-8") for file in sorted(self.directory.glob(f"out.{job}.*"))]


@pytest.fixture
def user(cluster: Slurm, empty_home: Path, project: Path, tmp_path: Path, clone: Path) -> User:
    """Somebody whose project needs one small distribution, and whose nodes have what a login node has but VSC_*."""
    restore(cluster)
    testbed.Wheels(tmp_path / "wheels").wheel(testbed.Distribution("thing", "1.0"))
    (project / "requirements.txt").write_text("thing\n")
    everywhere = {
        **hermetic(empty_home),
        "XDG_CACHE_HOME": str(testbed.shared_cache("xdg")),
        "UV_FIND_LINKS": str(tmp_path / "wheels"),
        "PIP_NO_INDEX": "1",
        "VSC_VENV": str(clone),
        **cluster.environment,
    }
    on_nodes = {name: value for name, value in everywhere.items() if name != "PATH"}
    cluster.export_to_tasks(on_nodes)
    login = {**everywhere, "VSC_OS_LOCAL": "debian12", "VSC_ARCH_LOCAL": LOGIN_CPU, "PWD": str(project)}
    return User(cluster, project, {**login, "PATH": f"{clone.parent}{os.pathsep}{everywhere['PATH']}"}, on_nodes)
