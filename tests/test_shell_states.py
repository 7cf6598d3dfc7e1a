import random
import shlex

import pytest

import testbed
from breaking.core import make_project
from breaking.shell_states import Driver


@pytest.fixture(params=["bash", "zsh"])
def driver(request, tmp_path, clone):
    return make_driver(request.param, tmp_path, clone)


def make_driver(kind, directory, clone):
    project = make_project(directory, directory / "home")
    shared = {"XDG_CACHE_HOME": str(testbed.shared_cache("xdg"))}
    environ = {**project.environ, **shared, "LOGNAME": "u", "SHELL": "/bin/sh"}
    scratch = directory / "scratch"
    scratch.mkdir()
    source = f"\\builtin . {shlex.quote(str(clone))}"
    return Driver(kind, scratch, directory, environ, f"{source} -a -r requirements.txt", f"{source} -d")


def test_a_shell_in_any_state_is_afterwards_what_it_was(driver):
    for seed in range(60):
        driver.try_state(random.Random(seed))
