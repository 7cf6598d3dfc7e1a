"""An environment that a group shares, as docs/how-to/share-with-a-group.md has it, by two users."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

import testbed
from testbed.environment import builder, hermetic, uv_command
from vscvenv.process import run

ALICE, BOB, GROUP = 61001, 61002, 62000
ACTIVATE = "source vsc-venv --activate --requirements requirements.txt"


@pytest.fixture
def place(clone):
    """A directory that everybody can reach, with the program and the project of a group."""
    directory = Path(tempfile.mkdtemp(prefix="vsc-shared-", dir="/tmp"))
    directory.chmod(0o755)
    run(uv_command("venv", "--quiet", "--python", "/usr/bin/python3", directory / "env"), env=builder())
    run(
        uv_command("pip", "install", "--quiet", "--python", directory / "env/bin/python", clone.parents[1]),
        env=builder(),
    )
    (directory / "bin").mkdir()
    (directory / "bin/vsc-venv").symlink_to("../env/bin/vsc-venv")
    (directory / "project").mkdir()
    (directory / "project/requirements.txt").write_text("thing\n")
    testbed.Wheels(directory / "wheels").wheel(testbed.Distribution("thing", "1.0"))
    testbed.Wheels(directory / "wheels").wheel(testbed.Distribution("other", "1.0"))
    run(("chmod", "-R", "a+rX", directory), env={"PATH": os.defpath})
    yield directory
    shutil.rmtree(directory)


def as_user(place, uid, text, umask="022"):
    """Run ``text`` as the user ``uid``, in the project; nothing of their home is there before the first time."""
    home = place / f"home-{uid}"
    if not home.exists():
        home.mkdir()
        os.chown(home, uid, uid)
    own = {name: value for name, value in hermetic(home).items() if not name.endswith("_CACHE_DIR")}
    index = {"PIP_FIND_LINKS": str(place / "wheels"), "PIP_NO_INDEX": "1", "PATH": f"{place}/bin:/usr/bin:/bin"}
    words = ("setpriv", f"--reuid={uid}", f"--regid={uid}", f"--groups={GROUP}", "bash", "-c", f"umask {umask}\n{text}")
    site = {"VSC_OS_LOCAL": "debian12", "VSC_ARCH_LOCAL": "haswell"}
    return run(words, env={**own, **index, **site}, cwd=place / "project", check=False)


def test_others_use_what_one_has_built(place):
    os.chown(place / "project", ALICE, ALICE)
    assert as_user(place, ALICE, ACTIVATE).code == 0
    refused = as_user(place, BOB, ACTIVATE)
    assert refused.code == 1
    assert f"venvs belongs to user {ALICE}" in refused.messages
    used = as_user(
        place, BOB, f"vsc-venv trust venvs && {ACTIVATE} && deactivate && {ACTIVATE} && python -c 'import thing'"
    )
    assert used.code == 0, used.messages
    assert "installed" not in used.messages
    cannot = as_user(place, BOB, "echo other >~/other.txt; source vsc-venv --activate -r ~/other.txt")
    assert cannot.code == 1, "only its owner updates it"
    assert as_user(place, ALICE, "source vsc-venv --activate && python -c 'import thing'").code == 0


def test_everybody_of_a_group_updates_it(place):
    os.chown(place / "project", ALICE, GROUP)
    (place / "project").chmod(0o2775)
    made = as_user(place, ALICE, f"umask 002; {ACTIVATE}", "002")
    assert made.code == 0
    assert "trusted from now on, as you made it yourself" in made.messages
    update = "echo other >>requirements.txt; source vsc-venv --activate && python -c 'import other'"
    os.chown(place / "project/requirements.txt", ALICE, GROUP)
    (place / "project/requirements.txt").chmod(0o664)
    updated = as_user(place, BOB, f"vsc-venv trust venvs; {update}", "002")
    assert updated.code == 0, updated.messages
    assert "requirements.txt changed: +other" in updated.messages
    back = as_user(place, ALICE, "source vsc-venv --activate && python -c 'import other'; vsc-venv clean", "002")
    assert back.code == 0, back.messages
    assert back.output == "venv-debian12-haswell: removed 1\n"


@pytest.fixture
def of_group(place):
    """The same, where the project and all that is made in it belongs to the group."""
    os.chown(place / "project", ALICE, GROUP)
    (place / "project").chmod(0o2770)
    os.chown(place / "project/requirements.txt", ALICE, GROUP)
    (place / "project/requirements.txt").chmod(0o664)
    return place


def test_the_group_reads_what_one_built_for_whom_others_have_no_rights(of_group):
    # What is in the cache is of nobody else's.
    assert as_user(of_group, ALICE, "cd ~; echo thing >r.txt; vsc-venv prepare -r r.txt", "077").code == 0
    assert as_user(of_group, ALICE, ACTIVATE, "027").code == 0
    use = f"vsc-venv trust venvs && {ACTIVATE} && python -c 'import thing' && $(vsc-venv python) -c 'import thing'"
    used = as_user(of_group, BOB, use, "027")
    assert used.code == 0, used.messages
    made = [one for one in (of_group / "project/venvs").rglob("*") if "warm1" not in one.parts]
    assert not [one for one in made if one.lstat().st_gid != GROUP]
    # uv's own lock is everybody's.
    files = (one for one in made if not one.is_symlink() and one.name != ".lock")
    assert not [one for one in files if one.stat().st_mode & 0o027]


def test_who_lets_nobody_read_does_not_shut_out_the_group(of_group):
    assert as_user(of_group, ALICE, ACTIVATE, "002").code == 0
    shows = "python -c 'import other' && umask"
    updated = as_user(
        of_group, BOB, f"vsc-venv trust venvs; echo other >>requirements.txt; {ACTIVATE} && {shows}", "077"
    )
    assert updated.code == 0, updated.messages
    assert updated.output == "0077\n"
    ran = as_user(
        of_group, BOB, "vsc-venv run sh -c umask; vsc-venv run --no-build -r requirements.txt sh -c umask", "077"
    )
    assert ran.output == "0077\n0077\n", ran.messages
    again = as_user(of_group, ALICE, f"{ACTIVATE} && {shows}; vsc-venv clean", "002")
    assert again.code == 0, again.messages
    assert "installed" not in again.messages


def test_what_one_adds_by_hand_is_there_for_the_group(of_group):
    assert as_user(of_group, ALICE, ACTIVATE, "002").code == 0
    adds = "pip install --quiet other && umask"
    added = as_user(of_group, BOB, f"vsc-venv trust venvs; {ACTIVATE} && {adds}", "077")
    assert (added.code, added.output) == (0, "0077\n"), added.messages
    uses = f"{ACTIVATE} && python -c 'import other' && pip uninstall --quiet --yes other"
    used = as_user(of_group, ALICE, uses, "002")
    assert used.code == 0, used.messages


def test_what_one_has_compiled_by_importing_it_does_not_outlive_the_build(of_group, place):
    modules = {"pack/__init__.py": "from pack import sub", "pack/sub/__init__.py": ""}
    testbed.Wheels(place / "wheels").wheel(testbed.Distribution("pack", "1.0", modules=modules))
    run(("chmod", "-R", "a+rX", place / "wheels"), env={"PATH": os.defpath})
    (of_group / "project/requirements.txt").write_text("pack\n")
    assert as_user(of_group, ALICE, ACTIVATE, "002").code == 0
    used = as_user(of_group, BOB, f"vsc-venv trust venvs; {ACTIVATE} && python -c 'import pack'", "077")
    assert used.code == 0, used.messages
    home = of_group / "project/venvs/.vsc-venv/debian12-haswell"
    assert list(home.glob("1/lib/python3*/site-packages/pack/sub/__pycache__/*.pyc")), "nothing was compiled"
    cleaned = as_user(of_group, ALICE, f"{ACTIVATE} --recreate && vsc-venv clean", "002")
    assert cleaned.output == "venv-debian12-haswell: removed 1\n", cleaned.messages
    assert not (home / "1").exists()
