"""Batch scripts as users have them: what `vsc-venv jobscript` prints, and the examples of the documentation."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
EXAMPLES = {
    f"{page.name}-{number}": text
    for page in sorted(DOCS.rglob("*.md"))
    for number, text in enumerate(
        re.findall(r"^```bash\n(#!/bin/bash -l\n.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    )
}
MODULES = "SciPy-bundle/2023.07-gfbf-2023a\n"


@pytest.fixture
def scientist(user, site):
    """A user whose login shells have a modules tool, and their project needs modules."""
    (user.directory / "modules.txt").write_text(MODULES)
    home = Path(user.environ["HOME"])
    (home / ".bash_profile").write_text(
        f". {site.init_file('lmod', 'bash')}\nmodule load cluster/alpha vsc-venv/1.0\n"
        "export VSC_OS_LOCAL=debian12 VSC_ARCH_LOCAL=${SLURMD_NODENAME%-*}\n"
    )
    user.cluster.export_to_tasks({**user.on_nodes, **site_variables(site)})
    (user.directory / "train.py").write_text("import numpy, thing, sys; print('trained', sys.prefix.split('/')[-2])\n")
    return user


def site_variables(site):
    return {"MODULEPATH": str(site.tree("core", "lmod")), "VSC_VENV_CLONE": str(site.clone.parent)}


@pytest.mark.parametrize("options", ["", "set -euo pipefail\n"])
def test_what_it_prints_runs_from_anywhere(scientist, site, options, tmp_path):
    words = ("-r", "requirements.txt", "-m", "modules.txt", "--", "srun", "python", "train.py")
    login = f". {site.init_file('lmod', 'bash')}; module load cluster/alpha; vsc-venv jobscript {shlex.join(words)}"
    printed = scientist.run("bash", "-c", login, **site_variables(site))
    assert printed.code == 0, printed.messages
    script = printed.output.replace("\ncd ", f"\n{options}cd ", 1)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    job = scientist.submit(script, "--partition=haswell", f"--chdir={elsewhere}")
    (output,) = scientist.outputs(job)
    assert output.endswith("trained debian12-haswell\n"), output


def test_a_command_with_what_a_shell_makes_of_it(scientist):
    line = "python train.py | tr a-z A-Z >'its output'"
    (scientist.directory / "train.py").write_text("import thing; print('trained')\n")
    printed = scientist.run("vsc-venv", "jobscript", "-r", "requirements.txt", "--", line)
    scientist.outputs(scientist.submit(printed.output, "--partition=haswell"))
    assert (scientist.directory / "its output").read_text() == "TRAINED\n"
    (scientist.directory / "my train.sh").touch()
    printed = scientist.run("vsc-venv", "jobscript", "-r", "requirements.txt", "--", "my train.sh")
    assert printed.output.endswith("\n'my train.sh'\n")


def test_for_torque(scientist):
    printed = scientist.run("vsc-venv", "jobscript", "--pbs", "-r", "requirements.txt", "--", "python", "train.py")
    assert "#PBS -l walltime=" in printed.output
    (scientist.directory / "train.py").write_text("import thing; print('trained')\n")
    (scientist.directory / "job.pbs").write_text(printed.output)
    done = scientist.run("qsub", "-q", "zen2", "-j", "oe", "-o", "out.pbs", "job.pbs")
    assert done.code == 0, done.messages + done.output
    scientist.cluster.wait_for(done.output.strip())
    assert (scientist.directory / "out.pbs").read_text().endswith("trained\n")


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("options", ["", "set -euo pipefail"])
def test_the_documentations_examples(scientist, name, options):
    first, rest = EXAMPLES[name].split("\n", 1)
    job = scientist.submit(
        f"{first}\n{options}\n{rest}" if not options else with_options(first, options, rest), "-p", "haswell"
    )
    outputs = scientist.outputs(job)
    assert outputs
    assert all("trained debian12-haswell" in output for output in outputs), outputs


def with_options(first, options, rest):
    """Set them below the #SBATCH lines, which must come first."""
    lines = rest.split("\n")
    at = next(n for n, line in enumerate(lines) if not line.startswith("#"))
    return "\n".join([first, *lines[:at], options, *lines[at:]])
