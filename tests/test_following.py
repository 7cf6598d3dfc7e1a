from __future__ import annotations

import io
import os
import pty
import subprocess
import sys

import pytest

from vscvenv.following import following
from vscvenv.process import run

# Draws as uv does: a bar with a spinner that is drawn over, then lines that stay.
DRAWS = r"""
import sys
for frame in "⠋⠙":
    print(f"\r\x1b[2K{frame} Resolving", end="", file=sys.stderr)
print("\r\x1b[2K\x1b[2mResolved 2 packages\x1b[0m\n   Building slow\nterminal:", sys.stderr.isatty(), file=sys.stderr)
print("\x1b[1m\x1b[31merror\x1b[39m\x1b[0m: it broke", file=sys.stderr)
"""


def follow(ours):
    with following(ours) as followed:
        subprocess.run([sys.executable, "-c", DRAWS], stderr=followed.writer, check=True)
        return followed.seen().decode()


def test_in_a_log_only_what_takes_long_is_told():
    ours = io.StringIO()
    kept = follow(ours)
    assert ours.getvalue() == "vsc-venv: Building slow\n"
    assert kept == "Resolved 2 packages\n   Building slow\nterminal: False\nerror: it broke\n"


def test_on_a_terminal_it_draws_as_ever_and_what_stays_is_kept():
    reader, writer = pty.openpty()
    with os.fdopen(writer, "w") as ours:
        kept = follow(ours)
    shown = os.read(reader, 65536).decode()
    os.close(reader)
    assert "⠙ Resolving" in shown
    assert "error" not in shown
    assert kept == "Resolved 2 packages\n   Building slow\nterminal: True\nerror: it broke\n"


@pytest.mark.parametrize("show", [False, True])
def test_an_interrupt_waits_for_the_programs_end(show, tmp_path):
    slow = f"trap 'sleep 0.3; touch {tmp_path}/ended; exit' TERM; sleep 0.3; kill -INT {os.getpid()}; sleep 30 & wait"
    with pytest.raises(KeyboardInterrupt):
        run(["/bin/sh", "-c", slow], env={"PATH": os.environ["PATH"]}, show=show)
    assert (tmp_path / "ended").exists()
