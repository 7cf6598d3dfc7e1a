"""Wherever a job lands: each node takes the environment of its own microarchitecture, and only the first builds it."""

from __future__ import annotations

import os
import time

import testbed
from testbed.slurm import PARTITIONS
from vscvenv import environ

# The whole of what a site sees on a busy day takes a minute: VSC_VENV_TEST_TASKS=200
TASKS = int(os.environ.get("VSC_VENV_TEST_TASKS", "30"))
ACTIVATE = 'source "$VSC_VENV" --activate --requirements requirements.txt || exit\n'
SAY = "python -c 'import thing, sys; print(thing.__version__, sys.prefix.split(\"/\")[-2])'\n"


def test_an_array_over_three_partitions(user):
    job = user.submit(
        f"#!/bin/bash\n{ACTIVATE}{SAY}", f"--array=1-{TASKS}", f"--partition={','.join(PARTITIONS)}", "--export=NONE"
    )
    outputs = user.outputs(job)
    assert len(outputs) == TASKS
    said = [output.splitlines()[-1] for output in outputs]
    assert set(said) == {f"1.0 debian12-{name}" for name in PARTITIONS}, outputs
    assert sum("installed 1" in output for output in outputs) == len(PARTITIONS)
    for name in PARTITIONS:
        (generation,) = user.directory.glob(f"venvs/.vsc-venv/debian12-{name}/[0-9]*")
        assert generation.name == "1"


def test_an_array_that_inherits_an_active_environment(user):
    """As it was submitted from a shell in which it is active: each task leaves it for its own node's."""
    inside = user.run("bash", "-c", f"{ACTIVATE}env -0")
    assert inside.code == 0, inside.messages
    inherited = environ.parse(inside.stdout)
    leaving = "case $VIRTUAL_ENV in *icelake*) ;; *) exit 1 ;; esac\n"
    script = f'#!/bin/bash\n{leaving}{ACTIVATE}{SAY}deactivate\n{leaving}"$VSC_VENV" run -r requirements.txt {SAY}'
    job = user.submit(script, f"--array=1-{TASKS}", f"--partition={','.join(PARTITIONS)}", **inherited)
    outputs = [output.splitlines() for output in user.outputs(job)]
    assert len(outputs) == TASKS
    said = [[line for line in output if line.startswith("1.0 ")] for output in outputs]
    assert sorted({tuple(lines) for lines in said}) == sorted((f"1.0 debian12-{n}",) * 2 for n in PARTITIONS), outputs
    assert sum("installed 1" in line for output in outputs for line in output) == len(PARTITIONS)


def test_run_in_every_step(user):
    """One step in each partition, all inheriting the login node's own active environment."""
    run = 'source "$VSC_VENV" -a -r requirements.txt\n' + "\n".join(
        f'srun -p {name} "$VSC_VENV" run -r requirements.txt {SAY.strip()}' for name in PARTITIONS
    )
    done = user.run("bash", "-c", run)
    assert done.output.splitlines() == [f"1.0 debian12-{name}" for name in PARTITIONS], done.messages


def test_a_heterogeneous_job(user):
    """Of which each part takes its own node's, also in a step that is given no environment at all."""
    run = f'"$VSC_VENV" run -r requirements.txt {SAY}'
    script = f"""#!/bin/bash
#SBATCH -p zen2 --export=NONE
#SBATCH hetjob
#SBATCH -p haswell --export=NONE
unset SLURM_EXPORT_ENV
set -euo pipefail
{ACTIVATE.removesuffix(" || exit" + chr(10))}
srun --het-group=0,1 {run}
srun --het-group=1 --export=NONE {run}
{SAY}"""
    (output,) = user.outputs(user.submit(script))
    said = [line for line in output.splitlines() if line.startswith("1.0 ")]
    expected = ["1.0 debian12-haswell", "1.0 debian12-zen2", "1.0 debian12-haswell", "1.0 debian12-zen2"]
    assert [*sorted(said[:2]), *said[2:]] == expected, output


def test_an_array_while_its_requirements_change(user, tmp_path):
    """Each task has one whole environment: that from before, or that from after."""
    testbed.Wheels(tmp_path / "wheels").wheel(testbed.Distribution("other", "1.0"))
    assert user.run("vsc-venv", "build", "--partition", "haswell", "-r", "requirements.txt").code == 0
    say = "python -c 'import thing, importlib.util as u; print(thing.__version__, bool(u.find_spec(\"other\")))'\n"
    begun = user.directory / "begun"
    script = f'#!/bin/bash\nset -euo pipefail\ntouch begun\nsource "$VSC_VENV" -a -r requirements.txt\n{say}'
    job = user.submit(script, f"--array=1-{TASKS}", "--partition=haswell", "--export=NONE")
    while not begun.exists():
        time.sleep(0.01)
    (user.directory / "requirements.txt").write_text("thing\nother\n")
    outputs = user.outputs(job)
    assert {output.splitlines()[-1] for output in outputs} <= {"1.0 True", "1.0 False"}, outputs
    assert outputs[-1].endswith("1.0 True\n")
    assert sum("installed 2" in output for output in outputs) == 1
    assert len(outputs) == TASKS


def test_a_step_that_inherits_another_nodes_environment_warns(user):
    inherits = f'source "$VSC_VENV" -a -r requirements.txt\nsrun -p haswell {SAY}{SAY}'
    done = user.run("bash", "-c", inherits)
    assert done.output.splitlines() == ["1.0 debian12-icelake"] * 2, done.messages
    assert done.messages.count("this Python is of venv-debian12-icelake, and this node is haswell") == 1
    # What is meant to be so is not warned about.
    done = user.run("srun", "-p", "haswell", "bash", "-c", f'source "$VSC_VENV" -a --compatible\n{SAY}')
    assert done.output == "1.0 debian12-icelake\n", done.messages
    assert "this node is" not in done.messages


def test_a_label_that_leaked_from_the_login_node_is_refused(user):
    """Without the prolog's word on it, a job believes what it inherited."""
    leaks = 'export VSC_ARCH_LOCAL=$LEAKED\nsource "$VSC_VENV" -a -r requirements.txt || exit\n'
    job = user.submit(f"#!/bin/bash\n{leaks}", "--partition=haswell", LEAKED="grace")
    (output,) = user.outputs(job)
    assert "grace is of the aarch64 family" in output
    assert "submit with --export=NONE" in output
    assert not list(user.directory.glob("venvs/venv-*"))
