"""Where there is no modules tool: an environment is entered as it was recorded."""

from __future__ import annotations

import shlex

import pytest

import testbed
from driving import SHIM
from vscvenv import process, target

IMPORTS = "python -c 'import numpy, bs4; print(numpy.__version__)'"


@pytest.fixture
def shell_kind():
    return "bash"


@pytest.mark.parametrize("in_cron", [True, False])
def test_where_nothing_says_what_the_site_calls_the_node(shell, project, clone, in_cron):
    """As in cron, and for kernels of some Jupyter servers: an environment under the site's name for it is found."""
    detected = target.label_for({}, target.detect_host())
    (project / "modules.txt").write_text("SciPy-bundle/2023.07-gfbf-2023a\n")
    (project / "requirements.txt").write_text("beautifulsoup4==4.12.3\n")
    names = f"VSC_OS_LOCAL={detected.os.upper()} VSC_ARCH_LOCAL={detected.arch.upper()}"
    other = f"VSC_OS_LOCAL={detected.os.upper()} VSC_ARCH_LOCAL=ivybridge"
    words = "-r requirements.txt -m modules.txt"
    for node in (names, other):
        assert shell.script(f"{node} {SHIM} prepare {words}").status == 0
    which = ("run", "python", "-c", "import numpy, sys; print(numpy.__version__, sys.prefix.split('/')[-2])")
    if in_cron:
        cron = {"HOME": str(shell.home), "PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": str(testbed.shared_cache("xdg"))}
        printed = process.run((str(clone), *which), env=cron, cwd=project).output
    else:
        line = f"unset VSC_OS_LOCAL VSC_ARCH_LOCAL VSC_ARCH_SUFFIX; {shlex.join((str(clone), *which))}"
        printed = shell.script(line).stdout
    assert printed == f"1.25.1 {str(detected).upper()}\n"


def test_without_the_modules_tool(shell, project, clone):
    (project / "modules.txt").write_text("SciPy-bundle/2023.07-gfbf-2023a\n")
    (project / "requirements.txt").write_text("beautifulsoup4==4.12.3\n")
    assert shell.script(f"{SHIM} prepare -r requirements.txt -m modules.txt").status == 0
    cron = {"HOME": str(shell.home), "PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": str(testbed.shared_cache("xdg"))}
    node = {"VSC_OS_LOCAL": "RHEL8", "VSC_ARCH_LOCAL": "zen2"}
    command = (str(clone), "run", *shlex.split(IMPORTS))
    assert process.run(command, env={**cron, **node}, cwd=project).output == "1.25.1\n"
    (project / "pylock.toml").write_text('lock-version = "1.0"\ncreated-by = "x"\npackages = []\n')
    assert process.run(command, env={**cron, **node}, cwd=project, check=False).code == 1
    without = (str(clone), "run", "--no-lock", *shlex.split(IMPORTS))
    assert process.run(without, env={**cron, **node}, cwd=project).output == "1.25.1\n"
    (project / "pylock.toml").unlink()
    (project / "modules.txt").write_text("SciPy-bundle/2023.07-gfbf-2023a\nPillow/10.0.0-GCCcore-12.3.0\n")
    ended = process.run(command, env={**cron, **node}, cwd=project, check=False)
    assert ended.code == 1
    assert "no modules tool" in ended.messages
