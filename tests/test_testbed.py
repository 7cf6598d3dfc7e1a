"""The testbed's own claims, each shown with the real tools: what other tests stand on."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

import testbed
from testbed import awkward, interpreters, store, tools
from testbed.environment import builder, uv_command
from vscvenv.process import run

IMPORTS = "import numpy, pandas; print(numpy.__version__, numpy.__file__, pandas.DataFrame({'a': [1, 2]}).a.sum())"


class TestLogin:
    def test_a_login_has_the_cluster_and_nothing_of_the_caller(self, shell, monkeypatch):
        monkeypatch.setenv("CALLERS_OWN", "1")
        login = shell.logged_in()
        assert login["LOADEDMODULES"] == "cluster/alpha"
        assert (login["VSC_OS_LOCAL"], login["VSC_ARCH_LOCAL"], login["VSC_ARCH_SUFFIX"]) == (
            "RHEL8",
            "zen2",
            "",
        )
        assert login["VSC_INSTITUTE_CLUSTER"] == "alpha"
        assert login["HOME"] == str(shell.home)
        assert "CALLERS_OWN" not in login

    def test_each_tool_is_the_one_asked_for(self, shell):
        version = shell.script("module --version 2>&1").stdout
        assert ("Modules Release 5.2.0" in version) == (shell.tool == "envmodules")
        assert ("Modules based on Lua: Version 8" in version) == (shell.tool == "lmod")

    def test_environment_modules_runs_from_the_testbed_alone(self, shell_kind):
        init = tools.init_file("envmodules", shell_kind)
        assert init.is_relative_to(store.root())
        own = f"{store.root()}/environment-modules/usr"
        assert own in init.read_text()
        assert "/usr/share/modules" not in init.read_text().replace(own, "")

    def test_a_shell_without_a_tool_has_no_module_command(self, shell_kind, empty_home, tmp_path):
        plain = testbed.Shell(kind=shell_kind, tool="none", scratch=tmp_path / "dumps", home=empty_home)
        assert plain.script("command -v module").status != 0
        assert "MODULEPATH" not in plain.logged_in()

    def test_the_project_is_where_scripts_run(self, shell, project):
        assert shell.script("pwd").stdout == f"{project}\n"
        assert set("'\"$* []") <= set(str(project))

    def test_a_missing_program_names_its_package(self):
        with pytest.raises(testbed.TestbedError, match="apt-get install absent-package"):
            store.program("absent-program", "absent-package")


class TestClusters:
    def test_a_cluster_survives_purge(self, shell):
        ran = shell.script(f"module load GCCcore/12.3.0; module purge; {shell.snapshot('purged')}")
        assert ran.environments["purged"]["LOADEDMODULES"] == "cluster/alpha"
        assert "EBROOTGCCCORE" not in ran.environments["purged"]
        assert str(testbed.site().tree("alpha", shell.tool)) in ran.environments["purged"]["MODULEPATH"]

    @pytest.mark.parametrize("cluster", ["beta", "gamma"])
    def test_other_clusters_have_their_own_tree(self, shell, cluster):
        login = replace(shell, cluster=cluster).logged_in()
        architecture = {"beta": "haswell", "gamma": "zen2"}[cluster]
        assert (login["VSC_ARCH_LOCAL"], login["VSC_ARCH_SUFFIX"]) == (architecture, "-ib")
        assert f"/modules/{cluster}/" in login["MODULEPATH"]
        assert "/modules/alpha/" not in login["MODULEPATH"]

    def test_gamma_lacks_pillow(self, shell):
        load = f"module load {testbed.PILLOW.name}"
        assert shell.script(load).status == 0
        assert replace(shell, cluster="gamma").script(load).status == 1

    def test_the_command_comes_with_its_module_until_the_purge(self, shell, clone):
        ran = shell.script(
            "module load vsc-venv/1.0; " + shell.snapshot("loaded") + f"; module purge; {shell.snapshot('purged')}",
        )
        assert ran.environments["loaded"]["PATH"].split(":")[0] == str(clone.parent)
        assert str(clone.parent) not in ran.environments["purged"]["PATH"]


class TestPython:
    def test_it_starts_with_its_module_only(self, shell, site):
        ran = shell.script(
            f"{site.python.executable} -c pass; echo $?; module load {site.python.module}; "
            "python -c 'import sys; print(sys.base_prefix, sys.version_info[:2])'",
        )
        assert ran.stdout.splitlines() == ["127", f"{site.python.prefix} (3, 11)"]
        assert "libpython3.11-module.so.1.0: cannot open shared object" in ran.stderr

    def test_it_comes_with_its_toolchain_and_variables(self, shell, site):
        ran = shell.script(f"module load {site.python.module}; {shell.snapshot('loaded')}")
        loaded = ran.environments["loaded"]
        assert loaded["EBROOTPYTHON"] == str(site.python.prefix)
        assert loaded["LOADEDMODULES"] == f"cluster/alpha:GCCcore/12.3.0:{site.python.module}"

    @pytest.mark.parametrize("minor", interpreters.minors())
    def test_every_version_can_be_had(self, minor, empty_home, tmp_path):
        python = testbed.python_module(minor)
        shell = testbed.Shell(kind="bash", tool="lmod", scratch=tmp_path / "dumps", home=empty_home)
        ran = shell.script(
            f"module load {python.module}\n"
            "python -c 'import ssl, ctypes, setuptools, sys; print(*sys.version_info[:2], sys.base_prefix)'\n"
            "pip --version\n",
        )
        version, pip = ran.stdout.splitlines()
        assert version == f"{minor.replace('.', ' ')} {python.prefix}"
        assert f"from {python.prefix}/lib" in pip

    @pytest.mark.parametrize("minor", ["3.6", "3.11", "3.12"])
    def test_a_venv_of_it_needs_the_module_too(self, minor, tmp_path):
        python, env = testbed.python_module(minor), {"PATH": "/usr/bin:/bin"}
        loaded = {**env, **python.environment()}
        run((python.executable, "-m", "venv", "--without-pip", tmp_path / "venv"), env=loaded)
        inside = tmp_path / "venv/bin/python"
        told = run((inside, "-c", "import sys; print(sys.base_prefix)"), env=loaded).output
        assert told.strip() == str(python.prefix)
        assert run((inside, "-c", "pass"), env=env, check=False).code == 127

    def test_the_hook_lies_where_easybuild_4_and_5_put_it(self):
        old, new = testbed.python_module("3.11"), testbed.python_module("3.12")
        assert (old.prefix / "easybuild/python/sitecustomize.py").is_file()
        assert not (old.site_packages / "sitecustomize.py").exists()
        assert (new.site_packages / "sitecustomize.py").is_file()

    def test_extensions_are_built_for_its_own_prefix(self, site):
        code = "import sysconfig; print(sysconfig.get_config_vars())"
        told = run((site.python.executable, "-c", code), env=site.python.environment()).output
        assert ".pyenv" not in told
        assert str(site.python.prefix / "include") in told


class TestBundles:
    @pytest.mark.parametrize("style", testbed.STYLES)
    def test_numpy_and_pandas_are_the_modules(self, shell, style):
        bundle = testbed.STYLES[style]
        ran = shell.script(f"module load {bundle.name} && python -c {json.dumps(IMPORTS)}; {shell.snapshot('loaded')}")
        version, file, total = ran.stdout.split()
        assert (f"numpy=={version}", total) == (bundle.requirements[0], "3")
        assert Path(file).is_relative_to(bundle.install())
        packages = [entry for entry in ran.environments["loaded"].get("PYTHONPATH", "").split(":") if "SciPy" in entry]
        assert bool(packages) == (bundle.by == "PYTHONPATH")

    @pytest.mark.parametrize(("style", "first"), [("A", "module"), ("B", "venv"), ("C", "module"), ("D", "venv")])
    def test_only_pythonpath_wins_over_a_venv(self, tmp_path, empty_home, style, first):
        shell = testbed.Shell(kind="bash", tool="lmod", scratch=tmp_path / "dumps", home=empty_home)
        bundle = testbed.STYLES[style]
        packages = f"{tmp_path}/venv/lib/python{bundle.minor}/site-packages"
        ran = shell.script(
            f"module load {bundle.name}\n"
            f"python -m venv --without-pip --system-site-packages {tmp_path}/venv\n"
            f"echo '__file__ = \"venv\"' > {packages}/numpy.py\n"
            f"{tmp_path}/venv/bin/python -c 'import numpy; print(numpy.__file__)'",
        )
        assert (ran.stdout.strip() == "venv") == (first == "venv"), ran.stdout + ran.stderr

    def test_easybuild_5_is_not_seen_in_a_plain_venv(self, tmp_path, empty_home):
        shell = testbed.Shell(kind="bash", tool="lmod", scratch=tmp_path / "dumps", home=empty_home)
        for style, seen in (("B", True), ("D", False)):
            ran = shell.script(
                f"module load {testbed.STYLES[style].name}; python -m venv --without-pip {tmp_path}/{style}\n"
                f"{tmp_path}/{style}/bin/python -c 'import numpy'",
            )
            assert (ran.status == 0) == seen

    def test_pillow_meets_the_bundle(self, shell):
        names = f"{testbed.STYLES['A'].name} {testbed.PILLOW.name}"
        assert (
            shell.script(f"module load {names} && python -c 'import numpy, PIL; print(PIL.__version__)'").stdout
            == "10.0.0\n"
        )


class TestAwkward:
    def test_broken_fails_with_its_message(self, shell):
        ran = shell.script(f"module load broken/1.0; echo $?; {shell.snapshot('after')}")
        assert ran.stdout.split()[-1] == "1"
        # Lmod breaks lines at 80 columns.
        assert "the licence server does not answer" in " ".join(ran.stderr.split())
        assert "broken" not in ran.environments["after"]["LOADEDMODULES"]

    def test_needs_fails_for_what_is_absent(self, shell):
        ran = shell.script("module load needs/1.0")
        assert ran.status == 1
        assert "absent/1.0" in ran.stderr

    def test_noisy_speaks_on_both_streams(self, shell):
        ran = shell.script("module load noisy/1.0")
        assert ran.status == 0
        assert "noisy/1.0 on standard output" in ran.stdout
        assert "noisy/1.0 on standard error" in ran.stderr

    def test_warns_loads_nonetheless(self, shell):
        ran = shell.script(f"module load warns/1.0; {shell.snapshot('after')}")
        assert "no GPU on this node" in ran.stderr
        assert ran.environments["after"]["VSC_WARNS"] == "loaded"

    def test_alias_gives_an_alias_and_a_function(self, shell):
        ran = shell.script(f"module load alias/1.0; vscfunction; {shell.state('after')}")
        assert ran.stdout == "function of a module\n"
        assert "alias of a module" in ran.states["after"].aliases
        assert "vscfunction" in ran.states["after"].functions

    def test_pushy_sets_its_odd_value(self, shell):
        loaded = shell.script(f"module load pushy/1.0; {shell.snapshot('after')}").environments["after"]
        assert loaded["VSC_ODD"] == awkward.ODD_VALUE

    def test_a_chain_is_loaded_whole(self, shell):
        names = testbed.chain(12)
        loaded = shell.script(f"module load {' '.join(names)}; {shell.snapshot('after')}").environments["after"]
        assert len(names) == len(set(names)) == 12
        assert loaded["LOADEDMODULES"].split(":")[1:] == names
        assert len(loaded["VSC_MANY_PATH"].split(":")) == 12


class TestScripts:
    def test_status_streams_options_and_arguments(self, shell):
        ran = shell.script('echo "$#:$1"; echo no >&2; false; echo unreached', "-eu", ("a b", ""))
        assert (ran.status, ran.stdout) == (1, "2:a b\n")
        assert ran.stderr.endswith("no\n")

    def test_a_snapshot_is_exact(self, shell):
        value = "a\nb=c '\"$\\ é"
        login = replace(shell, env={"ODD": value, "EMPTY": "", "LANG": None}).logged_in()
        assert (login["ODD"], login["EMPTY"]) == (value, "")
        assert "LANG" not in login

    @pytest.mark.parametrize("options", ["-e -u -o pipefail", "-C -f", "-a -x"])
    def test_looking_changes_nothing(self, shell, options):
        look = f"{shell.state('one')}\n{shell.snapshot('one')}\n{shell.state('two')}\n{shell.snapshot('two')}"
        ran = shell.script(f"{look}\necho end", options)
        assert ran.stdout == "end\n"
        assert ran.states["one"] == ran.states["two"]
        assert ran.environments["one"] == ran.environments["two"]

    @pytest.mark.parametrize(
        ("change", "part"),
        [
            ("leaked() { :; }", "functions"),
            ("leaked=1", "variables"),
            ("IFS=:", "variables"),
            ("alias leaked=true", "aliases"),
            ("set -o noclobber", "options"),
            ("trap 'echo bye' USR1", "traps"),
            ("set -- leaked", "arguments"),
            ("cd /", "directory"),
            ("umask 077", "umask"),
        ],
    )
    def test_every_change_of_state_is_seen(self, shell_kind, empty_home, tmp_path, change, part):
        shell = testbed.Shell(kind=shell_kind, tool="none", scratch=tmp_path / "dumps", home=empty_home)
        states = shell.script(f"{shell.state('before')}\n{change}\n{shell.state('after')}").states
        assert getattr(states["before"], part) != getattr(states["after"], part)

    def test_exported_variables_are_not_state(self, shell):
        ran = shell.script(f"export EXPORTED=1; unexported=1; {shell.state('now')}")
        assert "EXPORTED" not in ran.states["now"].variables
        assert "unexported" in ran.states["now"].variables


class TestTerminal:
    def test_what_is_typed_is_done(self, shell):
        with shell.interactive() as terminal:
            assert terminal.run("module load GCCcore/12.3.0; echo $EBVERSIONGCCCORE") == "12.3.0\n"
            terminal.run("(exit 7)")
            assert terminal.status() == 7
            terminal.run(shell.snapshot("typed"))
            terminal.run(shell.state("typed"))
        assert shell.environments["typed"]["LOADEDMODULES"] == "cluster/alpha:GCCcore/12.3.0"
        assert "module" in shell.states["typed"].functions

    def test_ctrl_c_ends_a_slow_load_and_leaves_a_prompt(self, shell):
        with shell.interactive() as terminal:
            terminal.type("echo begun; module load slow/1.0; echo survived")
            terminal.expect("begun\r\n")
            time.sleep(0.7)
            pressed = time.monotonic()
            terminal.interrupt()
            terminal.wait()
            assert time.monotonic() - pressed < 2
            assert terminal.run("echo $LOADEDMODULES").splitlines()[-1] == "cluster/alpha"

    def test_slow_is_slow_and_loads(self, empty_home, tmp_path):
        shell = testbed.Shell(kind="bash", tool="lmod", scratch=tmp_path / "dumps", home=empty_home)
        ran = shell.script("SECONDS=0; module load slow/1.0; echo $SECONDS $LOADEDMODULES")
        seconds, loaded = ran.stdout.split()
        assert int(seconds) >= 2
        assert loaded == "cluster/alpha:slow/1.0"


class TestWheels:
    def install(self, python, directory, *words, **variables):
        env = {**builder(), **python.environment(), **variables}
        options = ("--python", python.executable, "--target", directory, "--no-cache")
        run(uv_command("pip", "install", *options, *words), env=env)

    def test_a_wheel_installs_with_what_it_requires(self, site, tmp_path):
        links = testbed.Wheels(tmp_path / "links")
        links.wheel(
            testbed.Distribution("tiny-one", "1.0", requires=("tiny-two>=2",), scripts={"tiny": "tiny_one:main"})
        )
        links.wheel(testbed.Distribution("tiny-two", "2.1", extras={"more": ("absent",)}))
        self.install(site.python, tmp_path / "out", "--no-index", "--find-links", links.directory, "tiny-one")
        code = "import tiny_one, tiny_two; print(tiny_one.__version__, tiny_two.__version__)"
        env = {**site.python.environment(), "PYTHONPATH": str(tmp_path / "out")}
        assert run((site.python.executable, "-c", code), env=env).output == "1.0 2.1\n"
        assert (tmp_path / "out/bin/tiny").is_file()

    def test_the_same_wheel_is_the_same_file(self, tmp_path):
        one, two = (testbed.Wheels(tmp_path / name).wheel(testbed.Distribution("tiny", "1")) for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()

    @pytest.mark.parametrize("minor", ["3.6", "3.11", "3.13"])
    def test_an_extension_is_compiled_from_its_sdist(self, tmp_path, minor):
        python, links = testbed.python_module(minor), testbed.Wheels(tmp_path / "links")
        links.sdist(testbed.Distribution("fast", "1.0", extension=testbed.extension("_fast", "compiled")))
        words = ("--no-index", "--find-links", links.directory, "fast")
        self.install(python, tmp_path / "out", *words, CFLAGS="-O2 -DMARK")
        env = {**python.environment(), "PYTHONPATH": str(tmp_path / "out")}
        assert run((python.executable, "-c", "import _fast; print(_fast.text())"), env=env).output == "compiled\n"
        record = json.loads((tmp_path / "out/fast-1.0.dist-info/built_with.json").read_text())
        assert record["cflags"] == "-O2 -DMARK"
        assert record["python"].startswith(minor)

    def test_a_source_tree_can_be_edited(self, site, tmp_path):
        tree = testbed.source(tmp_path / "tree", testbed.Distribution("edited", "1.0"))
        self.install(site.python, tmp_path / "out", "-e", tree)
        assert (tmp_path / "out/edited.pth").read_text().strip() == str(tree / "src")

    def test_an_isolated_build_tells_what_it_was_built_with(self, site, tmp_path):
        links = testbed.Wheels(tmp_path / "links")
        links.wheel(testbed.Distribution("helper", "3.0"))
        links.sdist(testbed.Distribution("built", "1.0", builds_with=("helper>=2",)))
        self.install(site.python, tmp_path / "out", "--no-index", "--find-links", links.directory, "built")
        record = json.loads((tmp_path / "out/built-1.0.dist-info/built_with.json").read_text())
        version, file = record["modules"]["helper"]
        assert version == "3.0"
        assert not file.startswith(str(tmp_path))


class TestStore:
    def test_a_part_is_built_once_by_many(self, tmp_path):
        code = (
            "import os, sys, time; from testbed import store\n"
            "def build(directory): time.sleep(0.3); (directory / str(os.getpid())).touch()\n"
            "print(len(list(store.part('slowly', build).iterdir())))"
        )
        here = Path(__file__).resolve().parent
        env = {
            "PATH": "/usr/bin:/bin",
            "VSC_VENV_TESTBED": str(tmp_path),
            "PYTHONPATH": f"{here}:{here.parent}",
        }
        words = (sys.executable, "-c", code)
        started = [subprocess.Popen(words, env=env, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        assert [process.communicate()[0].strip() for process in started] == ["1"] * 3

    def test_a_part_that_was_not_finished_is_begun_anew(self, tmp_path, monkeypatch):
        monkeypatch.setenv("VSC_VENV_TESTBED", str(tmp_path))
        store.root.cache_clear()
        try:
            with pytest.raises(KeyboardInterrupt):
                store.part("half", interrupted)
            assert [file.name for file in store.part("half", lambda part: (part / "whole").touch()).iterdir()] == [
                "whole"
            ]
        finally:
            store.root.cache_clear()


def interrupted(directory):
    (directory / "half").touch()
    raise KeyboardInterrupt
