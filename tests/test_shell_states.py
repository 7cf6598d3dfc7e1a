import random

import pytest

from breaking.shell_states import make_driver


@pytest.fixture(params=["bash", "zsh"])
def driver(request, tmp_path, clone):
    # Beside it lies a link to it.
    (tmp_path / "project").mkdir()
    return make_driver(request.param, tmp_path / "project", clone)


def test_a_shell_in_any_state_is_afterwards_what_it_was(driver):
    for seed in range(60):
        driver.try_state(random.Random(seed))
