"""What an environment has lost, as told by Pythons that tell of files in different ways."""

from __future__ import annotations

import os
import sysconfig
import zipfile

import pytest

from driving import CLONE
from testbed import Distribution, Wheels, interpreters
from vscvenv.process import run

TELL = """
import sys
from pathlib import Path
from types import SimpleNamespace as Some
from vscvenv.look.losses import losses
print(losses(Some(path=Path(sys.argv[1]), record=Some(installed={"Small": "1", "tiny": "1"}))))
"""


@pytest.mark.parametrize("minor", ["3.11", "3.13"])
def test_files_that_are_gone_are_missed(minor, tmp_path):
    place = tmp_path / "lib/python3.11/site-packages"
    wheels = Wheels(tmp_path / "wheels")
    for name in ("small", "tiny"):
        with zipfile.ZipFile(wheels.wheel(Distribution(name, "1"))) as wheel:
            wheel.extractall(place)
    python = interpreters.install(minor)
    ours = os.pathsep.join([str(CLONE.parent.parent), sysconfig.get_path("purelib")])

    def told():
        environ = {**python.environment(), "PYTHONPATH": ours, "PYTHONDONTWRITEBYTECODE": "1"}
        return run((python.executable, "-c", TELL, tmp_path), env=environ).output.strip()

    assert told() == "[]"
    (place / "small.py").unlink()
    assert told() == "['small 1']"
