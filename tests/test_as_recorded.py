"""Where there is no modules tool: an environment is entered as it was recorded."""

from __future__ import annotations

import shlex

import pytest

import testbed
from vscvenv import process

IMPORTS = "python -c 'import numpy, bs4; print(numpy.__version__)'"


@pytest.fixture
def shell_kind():
    return "bash"


def test_without_the_modules_tool(shell, project, clone):
    (project / "modules.txt").write_text("SciPy-bundle/2023.07-gfbf-2023a\n")
    (project / "requirements.txt").write_text("beautifulsoup4==4.12.3\n")
    assert shell.script(f"{shlex.quote(str(clone))} prepare -r requirements.txt -m modules.txt").status == 0
    cron = {"HOME": str(shell.home), "PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": str(testbed.shared_cache("xdg"))}
    node = {"VSC_OS_LOCAL": "RHEL8", "VSC_ARCH_LOCAL": "zen2"}
    command = (str(clone), "run", *shlex.split(IMPORTS))
    assert process.run(command, env={**cron, **node}, cwd=project).output == "1.25.1\n"
    (project / "modules.txt").write_text("SciPy-bundle/2023.07-gfbf-2023a\nPillow/10.0.0-GCCcore-12.3.0\n")
    ended = process.run(command, env={**cron, **node}, cwd=project, check=False)
    assert ended.code == 1
    assert "no modules tool" in ended.messages
