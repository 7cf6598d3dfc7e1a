import os

from hypothesis import given
from hypothesis import strategies as st

from vscvenv import environ
from vscvenv.environ import Change, diff

names = st.text("ABCDEF_", min_size=1, max_size=4)
values = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=8)
environments = st.dictionaries(names, values, max_size=6)


@given(environments, environments)
def test_a_change_leads_there_and_back(before, after):
    change = diff(before, after)
    untouched = {name: value for name, value in before.items() if not environ.is_ours_to_change(name)}
    assert change.apply(before) == {**{n: v for n, v in after.items() if environ.is_ours_to_change(n)}, **untouched}
    assert change.undo(change.apply(before)) == before


@given(environments)
def test_nothing_to_do_is_an_empty_change(same):
    assert diff(same, same) == Change({}, {})


def test_the_shells_own_variables_and_functions_are_not_touched():
    before = {"PWD": "/a", "SHLVL": "1", "_": "x", "BASH_FUNC_module%%": "() { :; }"}
    assert diff(before, {}) == Change({}, {})


def test_leaving_keeps_what_others_put_in_front_of_a_path_since():
    change = diff({"PATH": "/usr/bin:/bin"}, {"PATH": "/env/bin:/mod/bin:/usr/bin:/bin"})
    assert change.undo({"PATH": "/prolog/bin:/env/bin:/mod/bin:/usr/bin:/bin"}) == {"PATH": "/prolog/bin:/usr/bin:/bin"}


def test_onto_another_environment_goes_only_what_the_change_brought():
    before = {"PATH": "/own/bin:/usr/bin", "LD_LIBRARY_PATH": "/gone:/own", "PYTHONPATH": "/own", "P": "http://p:3128"}
    change = diff(before, {"PATH": "/mod/bin:/own/bin:/usr/bin", "LD_LIBRARY_PATH": "/own", "PYTHONPATH": "/mod:/own"})
    assert change.onto({"PATH": "/bin", "LD_LIBRARY_PATH": "/lib"}) == {
        "PATH": "/mod/bin:/bin",
        "LD_LIBRARY_PATH": "/lib",
        "PYTHONPATH": "/mod",
    }
    assert change.onto({})["PATH"] == f"/mod/bin:{os.defpath}"


def test_a_url_is_no_list_of_paths():
    change = diff({}, {"http_proxy": "http://proxy:3128"})
    assert change.onto({"http_proxy": "http://other:80"}) == {"http_proxy": "http://proxy:3128"}
    assert change.undo({"http_proxy": "http://other:80"}) == {"http_proxy": "http://other:80"}


def test_leaving_keeps_a_value_that_somebody_else_set_since():
    change = diff({}, {"OMP_NUM_THREADS": "1"})
    assert change.undo({"OMP_NUM_THREADS": "8"}) == {"OMP_NUM_THREADS": "8"}


def test_parse_reads_what_env_0_prints_also_when_it_is_not_utf_8():
    parsed = environ.parse(b"A=1\nx\0B=\xff=\0BASH_FUNC_m%%=() { :; }\0bad\0")
    assert parsed == {"A": "1\nx", "B": "\udcff=", "BASH_FUNC_m%%": "() { :; }"}
