"""A killed build leaves nothing that is taken for an environment, and the next attempt works."""

import random

from breaking.core import make_project
from breaking.killing import count_steps, kill_at_random, kill_at_step, recover


def test_killed_at_steps_all_along_a_build(tmp_path):
    project = make_project(tmp_path, tmp_path / "home")
    steps = count_steps(project)
    for step in range(1, steps, steps // 10):
        kill_at_step(project, step)


def test_killed_with_all_it_started_at_random_times(tmp_path):
    project = make_project(tmp_path, tmp_path / "home")
    count_steps(project)
    chance = random.Random(20261121)
    for _ in range(6):
        kill_at_random(project, chance, longest=1.0)


def test_killed_before_there_is_any_environment(tmp_path):
    steps = count_steps(make_project(tmp_path, tmp_path / "home"))
    for number, step in enumerate(range(steps // 3, steps, steps // 4)):
        directory = tmp_path / str(number)
        directory.mkdir()
        project = make_project(directory, tmp_path / "home")
        code, _ = project.prepare(die_at=step)
        assert code in {-9, 0}
        recover(project, "1.0")
