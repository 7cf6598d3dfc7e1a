"""Run the core, and kill it without warning when it takes a given step.

Usage: python -I dying.py REPOSITORY STEP WORD…

A step is a call of one of the project's own functions. STEP 0 only counts them; the count is the last thing printed.
"""

import os
import signal
import sys

sys.path.insert(0, sys.argv[1])
die_at = int(sys.argv[2])
sys.argv[1:] = sys.argv[3:]
from vscvenv.cli import main  # noqa: E402  # the path is known only now

steps = 0


def watch(frame: object, event: str, _: object) -> None:
    global steps  # noqa: PLW0603  # one counter in one small process
    if event == "call" and frame.f_code.co_filename.startswith(sys.path[0]):
        steps += 1
        if steps == die_at:
            os.kill(os.getpid(), signal.SIGKILL)


sys.setprofile(watch)
try:
    main()
finally:
    sys.setprofile(None)
    sys.stdout.write(f"\nsteps {steps}\n")
