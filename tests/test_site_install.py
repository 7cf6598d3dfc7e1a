"""An installation for a site, made as the documentation says: who uses it can write nothing of it."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

import pages
import testbed
from testbed.environment import builder, hermetic, uv_command
from vscvenv.process import run

PAGE = pages.ROOT / "docs/how-to/install-for-a-site.md"
NOBODY = 65534
# Where no other user can be had, what is read-only is so for the one who made it.
AS_USER = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups") if os.getuid() == 0 else ()


@pytest.fixture(scope="module")
def apps():
    """A directory for software and modules that every user can read."""
    directory = Path(tempfile.mkdtemp(prefix="vsc-apps-", dir="/tmp"))
    directory.chmod(0o755)
    yield directory
    run(("chmod", "-R", "u+w", directory), env={"PATH": os.defpath})
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def environment(apps, site):
    """What the page calls for."""
    core = site.tree("core", "lmod")
    return {"APPS": str(apps), "MODULES": str(apps / "modules"), "MODULEPATH": f"{apps}/modules:{core}"}


@pytest.fixture(scope="module")
def installed(apps, environment, tmp_path_factory):
    """Where version 1.1 is installed, by doing what the page says, and 1.2 beside it."""
    made = tmp_path_factory.mktemp("admin")
    pages.make_project(made / "project")
    more = {**environment, "VIRTUAL_ENV_DISABLE_PROMPT": "1"}
    home = made / "home"
    home.mkdir()
    pages.run(PAGE, testbed.Shell("bash", "lmod", made / "dumps", home, made / "project", more))
    newer = apps / "vsc-venv/1.2"
    run(uv_command("venv", "--quiet", "--python", "/usr/bin/python3", newer / "env"), env=builder())
    run(uv_command("pip", "install", "--quiet", "--python", newer / "env/bin/python", pages.ROOT), env=builder())
    (newer / "bin").mkdir()
    (newer / "bin/vsc-venv").symlink_to("../env/bin/vsc-venv")
    printed = run((newer / "bin/vsc-venv", "modulefile", "--directory", newer / "bin"), env=builder()).output
    (apps / "modules/vsc-venv/1.2.lua").write_text(printed)
    return apps


@pytest.fixture
def user(installed, environment, site):
    """Run a script as somebody with nothing in their home."""
    home = installed / "home"
    project = home / "project"
    project.mkdir(parents=True)
    (project / "requirements.txt").write_text("beautifulsoup4==4.12.3\n")
    (project / "modules.txt").write_text(f"{site.python.module}\n")
    if AS_USER:
        run(("chown", "-R", f"{NOBODY}:{NOBODY}", home), env={"PATH": os.defpath})
    own = {name: value for name, value in hermetic(home).items() if not name.endswith("_CACHE_DIR")}
    login = f". {site.init_file('lmod', 'bash')}; module load cluster/alpha || exit"

    def script(text):
        words = (*AS_USER, "bash", "-c", f"{login}\n{text}")
        return run(words, env={**own, "MODULEPATH": environment["MODULEPATH"]}, cwd=project, check=False)

    yield script
    shutil.rmtree(home)


ACTIVATE = "vsc-venv --activate --requirements requirements.txt --modules modules.txt"
IMPORT = "python -c 'import bs4; print(bs4.__name__)'"


def test_a_user_needs_nothing_but_the_module(user, apps):
    ran = user(
        f"module load vsc-venv/1.1\nmodule purge\n{ACTIVATE} || exit\n{IMPORT}\ndeactivate; {ACTIVATE} && {IMPORT}"
    )
    assert ran.code == 0, ran.messages
    assert ran.output == "bs4\nbs4\n"
    assert ran.messages.count("installed") == 1
    assert not (apps / "home/.cache/vsc-venv/core").exists(), "nothing is set up for each user"
    for path in (apps / "vsc-venv/1.1").rglob("*"):
        assert path.is_symlink() or not path.stat().st_mode & 0o222, f"{path} can be written"


def test_it_is_updated_while_a_user_is_active(user):
    """The shell that was there goes on, and leaves as it came; the new version takes over what the old one built."""
    ran = user(f"""module load vsc-venv/1.1
before=$(env | sort | grep -vE '^(_|BASH_FUNC)')
{ACTIVATE} || exit
module load vsc-venv/1.2
{IMPORT}
vsc-venv --deactivate || exit
[ "$before" = "$(env | sort | grep -vE '^(_|BASH_FUNC)')" ] && echo same
module load vsc-venv/1.2
{ACTIVATE} && {IMPORT}""")
    assert ran.code == 0, ran.messages
    assert ran.output == "bs4\nsame\nbs4\n", ran.messages
    assert ran.messages.count("installed") == 1, ran.messages
