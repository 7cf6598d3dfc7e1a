"""The pages that need a scheduler, done as they are read on a login node."""

from __future__ import annotations

from pathlib import Path

import pytest

import pages
import testbed

NODES_OWN = {"PATH", "PWD", "VSC_ARCH_LOCAL", "VSC_OS_LOCAL"}
NEEDING = [page for page in pages.PAGES if pages.needs_slurm(page)]


@pytest.mark.parametrize("page", NEEDING, ids=pages.named)
def test_what_is_shown_is_what_happens(page, user, site, tmp_path):
    project = tmp_path / "on-a-cluster"
    pages.make_project(project)
    everywhere = {
        **user.environ,
        "MODULEPATH": str(site.tree("core", "lmod")),
        "PWD": str(project),
        "UV_FIND_LINKS": None,
        "PIP_NO_INDEX": None,
        "VIRTUAL_ENV_DISABLE_PROMPT": "1",
        "VSC_VENV_CLONE": str(site.clone.parent),
    }
    home = Path(user.environ["HOME"])
    login = f". {site.init_file('lmod', 'bash')}; module load cluster/alpha vsc-venv/1.0\n"
    (home / ".bash_profile").write_text(f"{login}export VSC_ARCH_LOCAL=${{SLURMD_NODENAME%-*}}\n")
    user.cluster.export_to_tasks({name: value for name, value in everywhere.items() if value and name not in NODES_OWN})
    scratch = tmp_path / "dumps"
    pages.run(page, testbed.Shell(kind="bash", tool="lmod", scratch=scratch, home=home, cwd=project, env=everywhere))
