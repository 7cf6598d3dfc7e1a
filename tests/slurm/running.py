"""A `vsc-venv build` that is watched while it runs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time

REQUEST = ("-r", "requirements.txt")


class Slow:
    """A directory for PATH, whose ``program`` works as the real one, but begins and ends by files there."""

    def __init__(self, directory, program, path):
        self.directory = directory / f"slow {program}"
        self.directory.mkdir()
        self.path = f"{self.directory}{os.pathsep}{path}"
        wrapper = self.directory / program
        wrapper.write_text(f"""#!/bin/bash
here=${{0%/*}}
wait_for() {{ while ! [ -e "$here/$1" ]; do sleep 0.05; done; }}
touch "$here/called"; wait_for begin
said=$({shutil.which(program, path=path)} "$@"); code=$?
touch "$here/done"; wait_for end
[ -z "$said" ] || printf '%s\\n' "$said"
exit "$code"
""")
        wrapper.chmod(0o755)

    def make(self, *names):
        for name in names:
            (self.directory / name).touch()

    def wait_until(self, name):
        while not (self.directory / name).exists():
            time.sleep(0.05)


class Running:
    """A build that waits for a job, which waits for a file."""

    def __init__(self, user, *words, **more):
        self.user = user
        self.gate = user.hold_jobs()
        self.held = self.gate.with_name("held")
        command = ["vsc-venv", "build", *words, *REQUEST]
        self.process = subprocess.Popen(
            command,
            cwd=user.directory,
            env={**user.environ, **more},
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.messages = []

    def read_until(self, word):
        for line in self.process.stderr:
            self.messages.append(line)
            if word in line:
                return line
        raise AssertionError("".join(self.messages))

    def wait_for_jobs(self, number):
        """Wait until so many jobs are running, and return their numbers."""
        return [self.read_until("running").split(": job ")[1].split(":")[0] for _ in range(number)]

    def let_jobs_go(self):
        self.gate.touch()

    def end(self):
        with self.process.stderr:
            self.messages += self.process.stderr
        return self.process.wait(240), "".join(self.messages)

    def kill_job(self):
        """Kill the script of the job, which can then say nothing more itself."""
        while not (number := self.held.read_text() if self.held.exists() else ""):
            time.sleep(0.05)
        os.kill(int(number), signal.SIGKILL)

    def press_ctrl_c(self):
        os.killpg(self.process.pid, signal.SIGINT)

    def interrupt(self):
        """Press Ctrl-C, which must cancel the jobs, and return what is said."""
        self.press_ctrl_c()
        code, messages = self.end()
        assert code == 130, messages
        assert "cancelling" in messages
        return messages


def wait_until_empty(*clusters):
    """Wait until no job is left in any of the clusters."""
    deadline = time.monotonic() + 120
    while any(one.call("squeue", "-h", "-t", "R,PD").strip() for one in clusters):
        assert time.monotonic() < deadline
        time.sleep(0.1)
