"""Jupyter kernels, started by a real jupyter_client as a Jupyter server does it."""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager, suppress
from queue import Empty

import pexpect
import pytest
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpecManager

from driving import CLONE, SHIM
from vscvenv import kernel as kernels
from vscvenv.process import run

CODE = "import numpy, ipykernel, sys, os; print(numpy.__version__, os.getcwd(), sys.prefix.split('/')[-2])"


@pytest.fixture
def shell_kind():
    return "bash"


@pytest.fixture
def tool():
    return "lmod"


@pytest.fixture
def inputs(project):
    (project / "modules.txt").write_text("SciPy-bundle/2023.07-gfbf-2023a\n")
    (project / "requirements.txt").write_text("ipykernel==6.29.5\n")
    return project


@contextmanager
def kernel(name, home, cwd, **more):
    """Start the kernel in an environment without modules, and without the modules tool."""
    specs = KernelSpecManager(kernel_dirs=[str(home / ".local/share/jupyter/kernels")])
    manager = KernelManager(kernel_name=name, kernel_spec_manager=specs)
    shared = {key: os.environ[key] for key in ("SSL_CERT_FILE",) if key in os.environ}
    environ = {"HOME": str(home), "PATH": "/usr/bin:/bin", "VSC_OS_LOCAL": "RHEL8", **shared, **more}
    manager.start_kernel(env=environ, cwd=str(cwd))
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=120)
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def interrupted(manager, client):
    """Interrupt as a user does, again where a busy machine took no notice, and return what came of it."""
    for _ in range(12):
        manager.interrupt_kernel()
        with suppress(Empty):
            return client.get_shell_msg(timeout=10)["content"]["ename"]
    return None


def printed(client, code):
    said = []

    def hook(message):
        content = message["content"]
        said.append(content.get("text") or content.get("ename") or "")

    client.execute_interactive(code, timeout=120, output_hook=hook)
    return "".join(said)


def test_it_runs_in_the_environment_of_its_node(shell, inputs, empty_home, tmp_path):
    words = "-r requirements.txt -m modules.txt"
    ran = shell.script(f"""
{SHIM} kernel install {words} --kernel-name analysis --display-name 'My analysis'
VSC_ARCH_LOCAL=haswell {SHIM} prepare {words}
{SHIM} kernel list
""")
    assert ran.status == 0, ran.stderr
    heads, row = (re.split(" {2,}", line) for line in ran.stdout.splitlines())
    assert heads == ["kernel", "in Jupyter", "project"]
    assert row == ["analysis", "My analysis", str(inputs)]
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    shared = {"XDG_CACHE_HOME": shell.environment()["XDG_CACHE_HOME"]}
    for cpu in ("zen2", "haswell"):
        with kernel("analysis", empty_home, notebooks, VSC_ARCH_LOCAL=cpu, **shared) as (manager, client):
            assert printed(client, CODE) == f"1.25.1 {notebooks} RHEL8-{cpu}\n"
            if cpu == "haswell":
                # Else ipykernel drops what is asked of it in the moment after the error.
                client.execute("print('started', flush=True); import time; time.sleep(100)", stop_on_error=False)
                while "started" not in client.get_iopub_msg(timeout=120)["content"].get("text", ""):
                    pass
                assert interrupted(manager, client) == "KeyboardInterrupt"
                assert printed(client, "print('goes on')") == "goes on\n"
    asked = shell.script(f"{SHIM} kernel list --json")
    assert json.loads(asked.stdout) == [{"name": "analysis", "display_name": "My analysis", "project": str(inputs)}]
    ran = shell.script(f"{SHIM} kernel remove analysis && {SHIM} kernel list && {SHIM} kernel remove analysis")
    assert ran.status == 1
    assert ran.stdout == "analysis: removed\n"
    assert "make one: vsc-venv kernel install" in ran.stderr
    assert "vsc-venv made no kernel analysis" in ran.stderr


def test_without_ipykernel_it_says_what_to_add(shell, inputs, empty_home):
    (inputs / "requirements.txt").write_text("beautifulsoup4==4.12.3\n")
    (inputs / "modules.txt").unlink()
    ran = shell.script(f"{SHIM} kernel install -r requirements.txt")
    assert ran.status == 1
    assert "has no ipykernel" in ran.stderr
    assert "echo ipykernel >>" in ran.stderr
    assert not list(empty_home.glob(".local/share/jupyter/kernels/*"))


def test_on_a_terminal_it_offers_to_add_it(shell, inputs, clone, empty_home):
    (inputs / "requirements.txt").write_text("beautifulsoup4==4.12.3")
    (inputs / "modules.txt").unlink()
    words = ["kernel", "install", "-r", "requirements.txt", "--kernel-name", "mine"]
    child = pexpect.spawn(str(clone), words, env=shell.environment(), cwd=str(inputs), encoding="utf-8", timeout=240)
    child.expect("has no ipykernel. Add it to requirements.txt")
    child.sendline("y")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0, child.before
    assert (inputs / "requirements.txt").read_text() == "beautifulsoup4==4.12.3\nipykernel\n"
    assert (empty_home / ".local/share/jupyter/kernels/mine/kernel.json").exists()


def test_others_kernels_stay(shell, inputs, empty_home):
    other = empty_home / ".local/share/jupyter/kernels/other"
    other.mkdir(parents=True)
    (other / "kernel.json").write_text('{"argv": ["x"], "display_name": "Other", "language": "R"}')
    (inputs / "modules.txt").unlink()
    ran = shell.script(f"{SHIM} kernel install -r requirements.txt --kernel-name other || {SHIM} kernel remove other")
    assert ran.status == 1
    assert "a kernel that vsc-venv did not make" in ran.stderr
    assert "vsc-venv made no kernel other" in ran.stderr
    assert "Other" in (other / "kernel.json").read_text()
    ran = shell.script(f"JUPYTER_DATA_DIR=$PWD/requirements.txt {SHIM} kernel install -r requirements.txt")
    assert ran.status == 1
    assert "requirements.txt/kernels" in ran.stderr
    assert "Set JUPYTER_DATA_DIR" in ran.stderr


def test_a_kernel_of_another_project_is_not_replaced_while_that_is_there(shell, tmp_path, empty_home):
    environ = shell.environment()

    def run_in(project, *words):
        project.mkdir(exist_ok=True, parents=True)
        (project / "requirements.txt").touch()
        return run((CLONE, "kernel", *words), env=environ, cwd=project, check=False)

    one, other, moved = tmp_path / "one/analysis", tmp_path / "other/analysis", tmp_path / "moved"
    one.mkdir(parents=True)
    kernel = kernels.Kernel("analysis", "Analysis", str(one))
    place = kernels.place_for(empty_home / ".local/share/jupyter/kernels", kernel)
    kernels.install(place, kernel, ["/bin/echo"])
    refused = run_in(other, "install", "-r", "requirements.txt")
    assert refused.code == 1
    assert f"the kernel analysis is there already, for {one}" in refused.messages
    assert "--kernel-name" in refused.messages
    assert not (other / "venvs").exists(), "before anything is built"
    link = tmp_path / "link"
    link.symlink_to(one.parent)
    again = kernels.Kernel("analysis", "Analysis", str(link / "analysis"))
    assert kernels.place_for(place.parent, again) == place
    one.rename(moved)
    assert f"{one} (gone)" in run_in(other, "list").output
    ended = run((place / "start", "-f", "file"), env={}, check=False)
    assert ended.code == 1
    assert f"the project of the kernel analysis is no longer in {one}" in ended.messages
    assert kernels.place_for(place.parent, kernels.Kernel("analysis", "Analysis", str(moved))) == place


def test_it_says_that_ipykernel_is_not_there_any_more(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").symlink_to("/usr/bin/python3")
    project = tmp_path / "a project"
    project.mkdir()
    (project / "types.py").write_text("import nothing_of_the_standard_library")
    kernel = kernels.Kernel("analysis", "Analysis", str(project))
    place = kernels.place_for(tmp_path / "kernels", kernel)
    kernels.install(place, kernel, ["/usr/bin/env", "VIRTUAL_ENV_PROMPT=venv-RHEL8-zen2"])
    isolated = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "PYTHONNOUSERSITE": "1"}
    ended = run((place / "start", "-f", "file"), env=isolated, cwd=tmp_path, check=False)
    assert ended.code == 1
    said = "vsc-venv: error: venv-RHEL8-zen2 has no ipykernel\nvsc-venv: Add it to the requirements in "
    assert ended.messages == f"{said}{project}\n", "and nothing else"


def test_a_project_with_two_lines_in_its_name(tmp_path):
    here = tmp_path / "a\ntouch made"
    here.mkdir()
    made = kernels.place_for(tmp_path / "kernels", kernel := kernels.Kernel("odd", "Odd", str(here)))
    kernels.install(made, kernel, ["/bin/echo"])
    started = run((made / "start", "-f", "file"), env={}, cwd=tmp_path)
    assert started.output.endswith(f"sh {tmp_path} -f file\n")
    assert sorted(one.name for one in tmp_path.iterdir()) == [here.name, "kernels"]
    assert not list(here.iterdir())
