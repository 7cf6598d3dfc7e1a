"""The label: whose environment it is, and whether this host may have it."""

from __future__ import annotations

import pytest

from driving import SOURCE, changes, differences, project
from vscvenv.host import detect_host


@pytest.fixture
def here(tmp_path):
    return project(tmp_path)


def test_it_is_made_of_what_the_site_says_and_of_what_is_found_where_it_says_nothing(here):
    said = ("RHEL8 zen2", "RHEL8 zen2 -ib", "rocky9 zen2 -h100", "RHEL9", "RHEL8 zen2 -ampere-ib")
    names = ("VSC_OS_LOCAL", "VSC_ARCH_LOCAL", "VSC_ARCH_SUFFIX")
    settings = (" ".join(map("=".join, zip(names, words.split()))) for words in said)
    lines = (f'(export {one}; {SOURCE} -a -r requirements.txt; echo "$VIRTUAL_ENV_PROMPT")' for one in settings)
    ran = here.shell("bash", "none").script("\n".join(lines))
    assert ran.stdout.split() == [
        "venv-RHEL8-zen2",
        "venv-RHEL8-zen2",
        "venv-rocky9-zen2-h100",
        f"venv-RHEL9-{detect_host().cpu}",
        "venv-RHEL8-zen2-ampere",
    ], ran.stderr
    assert len(list((here.directory / "venvs").glob("venv-*"))) == 4


@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("VSC_ARCH_LOCAL", "neoverse_v1", "neoverse_v1 is of the aarch64 family"),
        ("VSC_OS_LOCAL", f"{detect_host().os_id}3", "3 does not run here"),
        ("VSC_OS_LOCAL", "../up", "cannot be part of a directory's name"),
    ],
)
def test_a_label_that_cannot_be_this_hosts_is_refused(here, shell_kind, variable, value, why):
    shell = here.shell(shell_kind, "none", **{variable: value})
    ran = shell.script(f"""
{shell.snapshot("before")}
{shell.state("before")}
{SOURCE} -a -r requirements.txt || {shell.state("after")}
{shell.snapshot("after")}
{SOURCE} -a -r requirements.txt --force; echo "$? ${{VIRTUAL_ENV_PROMPT-}}"
""")
    error, hint = ran.stderr.splitlines()[:2]
    assert why in error
    assert not changes(ran.states["before"], ran.states["after"])
    assert not differences(ran.environments["before"], ran.environments["after"])
    if ".." in value:
        assert ran.stdout == "1 \n"
        return
    assert "--force" in hint
    assert f"If {variable} came with the job" in hint
    assert ran.stdout.startswith("0 venv-")
    assert value in ran.stdout


def test_a_doubtful_label_is_one_warning(here, shell_kind):
    shell = here.shell(shell_kind, "none", VSC_OS_LOCAL="RHEL8", VSC_ARCH_LOCAL="zen2")
    ran = shell.script(f"{SOURCE} -a -r requirements.txt")
    assert ran.status == 0
    warnings = [line for line in ran.stderr.splitlines() if "warning" in line]
    assert len(warnings) == 1
    assert "not RHEL8" in warnings[0]
