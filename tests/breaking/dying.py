"""Run the core, and send it a signal when it takes a given step.

Usage: python -I dying.py REPOSITORY STEP SIGNAL WORD…

A step is a call of one of the project's own functions; not of a generator, in whose end Python loses what a signal
raises. STEP is its number, or the function as `file.py:name`. STEP 0 only counts them; the count is the last thing
printed.
"""

import inspect
import os
import sys

sys.path.insert(0, sys.argv[1])
last, number = sys.argv[2], int(sys.argv[3])
sys.argv[1:] = sys.argv[4:]
from vscvenv.__main__ import start  # noqa: E402  # the path is known only now

steps = 0


def watch(frame: object, event: str, _: object) -> None:
    global steps  # noqa: PLW0603  # one counter in one small process
    code = frame.f_code
    if event == "call" and code.co_filename.startswith(sys.path[0]) and not code.co_flags & inspect.CO_GENERATOR:
        steps += 1
        if last in {str(steps), f"{code.co_filename.rpartition('/')[2]}:{code.co_name}"}:
            os.kill(os.getpid(), number)


sys.setprofile(watch)
try:
    start()
finally:
    sys.setprofile(None)
    sys.stdout.write(f"\nsteps {steps}\n")
