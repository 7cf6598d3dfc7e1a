import random

from breaking.bad_input import try_all
from breaking.core import make_project
from breaking.damage import damage


def test_anything_at_all_in_any_file(tmp_path):
    made = make_project(tmp_path, tmp_path / "home")
    assert made.prepare()[0] == 0
    assert made.activate()[0] == 0
    for seed in range(400):
        try_all(tmp_path, made.label_home, random.Random(seed))


def test_damage_to_what_is_kept(tmp_path):
    made = make_project(tmp_path, tmp_path / "home")
    assert made.activate()[0] == 0
    for seed in range(8):
        damage(made, random.Random(seed))
