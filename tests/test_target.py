from __future__ import annotations

import json
from importlib.resources import files

import pytest

from machines import RECORDED, replay
from vscvenv.errors import VscVenvError
from vscvenv.host import detect_host
from vscvenv.target import Label, label_among, label_for, verdict


@pytest.fixture
def host_of(tmp_path):
    """Return the host with a recorded operating system and CPU."""
    return lambda os, cpu: detect_host(replay(tmp_path / os / cpu, os=os, cpu=cpu))


@pytest.mark.parametrize(
    ("suffix", "name"),
    [
        ("", "RHEL8-zen2"),
        ("-ib", "RHEL8-zen2"),
        ("-opa", "RHEL8-zen2"),
        ("-h100", "RHEL8-zen2-h100"),
        ("-ampere-ib", "RHEL8-zen2-ampere"),
        ("-volta-ib-PILOT", "RHEL8-zen2-volta-PILOT"),
        ("ampere", "RHEL8-zen2-ampere"),
        ("-", "RHEL8-zen2"),
    ],
)
def test_the_network_does_not_enter_the_name_an_accelerator_does(host_of, suffix, name):
    environ = {"VSC_OS_LOCAL": "RHEL8", "VSC_ARCH_LOCAL": "zen2", "VSC_ARCH_SUFFIX": suffix}
    assert str(label_for(environ, host_of("debian12", "haswell"))) == name


@pytest.mark.parametrize(
    ("os", "cpu", "name"),
    [
        ("rhel8", "zen2", "RHEL8-zen2"),
        ("rhel9", "cascadelake", "RHEL9-cascadelake"),
        ("rocky8", "icelake", "rocky8-icelake"),
        ("rocky9", "zen5", "rocky9-zen5"),
        ("alma9", "grace", "alma9-neoverse_v2"),
        ("centos7", "sandybridge", "centos7-sandybridge"),
        ("debian12", "zen4-kvm", "debian12-x86_64_v4"),
        ("ubuntu24.04", "zen3", "ubuntu24.04-zen3"),
        ("sles15", "skylake_avx512", "sles15-skylake_avx512"),
        ("arch", "zen5-desktop", "arch-zen5"),
    ],
)
def test_what_is_unset_or_empty_is_detected(host_of, os, cpu, name):
    host = host_of(os, cpu)
    label = label_for({"VSC_OS_LOCAL": "", "PATH": "/bin"}, host)
    assert str(label) == name
    assert verdict(label, host).kind == "fits"


def test_each_variable_is_detected_on_its_own(host_of):
    host = host_of("rocky9", "zen4")
    assert label_for({"VSC_OS_LOCAL": "RL9"}, host) == Label("RL9", "zen4")
    assert label_for({"VSC_ARCH_LOCAL": "rome", "VSC_ARCH_SUFFIX": "-ib"}, host) == Label("rocky9", "rome")


def test_the_label_detected_here_fits_here():
    host = detect_host()
    assert verdict(label_for({}, host), host).kind == "fits"


@pytest.mark.parametrize("variable", ["VSC_OS_LOCAL", "VSC_ARCH_LOCAL", "VSC_ARCH_SUFFIX"])
@pytest.mark.parametrize(
    "value",
    ["a/b", "..", "zen2/../../x", "a..b", "zen2\n", "zen 2", " ", "$(id)", "a;b", "`id`", "*", "a'b", "-.", ".x"],
)
def test_what_cannot_be_in_a_directory_name_is_refused(host_of, variable, value):
    with pytest.raises(VscVenvError, match=variable):
        label_for({variable: value}, host_of("rhel8", "zen2"))


@pytest.mark.parametrize(
    ("os", "cpu", "word"),
    [
        ("rhel8", "zen2", "RHEL8"),
        ("rhel8", "zen2", "redhat8"),
        ("rocky8", "zen2", "RL8"),
        ("rocky9", "zen2", "RHEL9"),
        ("alma9", "zen2", "rocky9"),
        ("rhel8", "zen2", "rocky8.10"),
        ("centos7", "zen2", "CO7"),
        ("ubuntu24.04", "zen2", "ubuntu24.04"),
        ("sles15", "zen2", "SLES15"),
    ],
)
def test_systems_of_one_family_and_major_version_fit(host_of, os, cpu, word):
    assert verdict(Label(word, "zen2"), host_of(os, cpu)).kind == "fits"


@pytest.mark.parametrize(
    ("os", "word"),
    [
        ("rocky9", "RHEL8"),
        ("rocky9", "redhat8"),
        ("rhel8", "CO7"),
        ("centos7", "rocky8"),
        ("rhel9", "el8"),
        ("ubuntu24.04", "ubuntu22.04"),
        ("debian12", "debian11"),
    ],
)
def test_another_major_version_of_the_family_is_unusable(host_of, os, word):
    found = verdict(Label(word, "zen2"), host_of(os, "zen2"))
    assert found.kind == "unusable"
    assert word in found.reason
    assert f"node with {word}" in found.hint


@pytest.mark.parametrize(
    ("os", "word"), [("debian12", "RHEL8"), ("rocky9", "centaur"), ("rocky9", "9"), ("arch", "RHEL9")]
)
def test_a_label_of_another_distribution_or_unknown_is_doubtful(host_of, os, word):
    found = verdict(Label(word, "zen2"), host_of(os, "zen2"))
    assert found.kind == "doubtful"
    assert word in found.reason


@pytest.mark.parametrize(
    ("cpu", "word"),
    [
        ("zen2", "rome"),
        ("zen3", "milan"),
        ("zen3", "zen2"),
        ("zen4", "zen4"),
        ("zen5", "zen3"),
        ("skylake_avx512", "skylake"),
        ("cascadelake", "skylake"),
        ("cascadelake", "haswell"),
        ("graniterapids", "graniterapids"),
        ("sapphirerapids-kvm", "sapphirerapids"),
        ("zen4-kvm", "x86_64-v3"),
        ("grace", "grace"),
        ("neoverse_n1", "neoverse-n1"),
        ("grace", "aarch64"),
    ],
)
def test_a_cpu_runs_its_own_and_older_targets(host_of, cpu, word):
    assert verdict(Label("RHEL8", word), host_of("rhel8", cpu)).kind == "fits"


@pytest.mark.parametrize(
    ("cpu", "word", "level"),
    [
        ("haswell", "zen4", "x86_64_v4"),
        ("haswell", "skylake", "x86_64_v4"),
        ("zen3", "icelake", "x86_64_v4"),
        ("zen2-kvm", "zen5", "x86_64_v4"),
        ("zen2", "graniterapids", "x86_64_v4"),
        ("sandybridge", "haswell", "x86_64_v3"),
        ("ivybridge", "rome", "x86_64_v3"),
    ],
)
def test_a_missing_x86_64_level_is_unusable(host_of, cpu, word, level):
    found = verdict(Label("RHEL8", word), host_of("rhel8", cpu))
    assert found.kind == "unusable"
    assert f"{word} needs {level}" in found.reason
    assert f"partition with {word} nodes" in found.hint
    assert "--export=NONE" in found.hint


def test_a_label_that_leaked_from_a_newer_login_node_is_refused_with_what_is_missing(host_of):
    host = host_of("rhel8", "haswell")
    label = label_for({"VSC_OS_LOCAL": "RHEL8", "VSC_ARCH_LOCAL": "zen4", "VSC_ARCH_SUFFIX": "-ib"}, host)
    found = verdict(label, host)
    assert found.reason == (
        "zen4 needs x86_64_v4, and this CPU (haswell) lacks avx512bw, avx512cd, avx512dq, avx512f and 1 more"
    )


@pytest.mark.parametrize(("cpu", "word"), [("grace", "zen4"), ("zen4", "neoverse_v2"), ("zen2", "power9le")])
def test_another_family_of_machines_is_unusable(host_of, cpu, word):
    assert verdict(Label("RHEL8", word), host_of("rhel8", cpu)).kind == "unusable"


@pytest.mark.parametrize(
    ("cpu", "word", "says"),
    [
        ("zen2-kvm", "zen2", "virtual machine"),
        ("zen4-kvm", "zen4", "virtual machine"),
        ("cascadelake", "icelake", "this CPU lacks"),
        ("cascadelake", "zen2", "this CPU lacks"),
        ("neoverse_n1", "grace", "this CPU lacks"),
        ("zen2", "pentagon", "not a CPU known"),
    ],
)
def test_missing_flags_above_the_level_and_unknown_words_are_doubtful(host_of, cpu, word, says):
    found = verdict(Label("RHEL8", word), host_of("rhel8", cpu))
    assert found.kind == "doubtful"
    assert says in found.reason
    assert word in found.reason


def test_an_epyc_9655_under_an_older_kernel_is_not_refused_as_zen5(tmp_path):
    # Its flags lack ibrs_enhanced, which archspec 0.2.5 asks for: github.com/archspec/archspec-json/pull/145.
    root = replay(tmp_path, os="rhel8", cpu="zen5")
    cpuinfo = root / "proc/cpuinfo"
    cpuinfo.write_text(cpuinfo.read_text().replace(" ibrs_enhanced", ""))
    host = detect_host(root)
    assert host.cpu in {"zen4", "zen5"}
    assert verdict(Label("RHEL8", "zen5"), host).kind == ("fits" if host.cpu == "zen5" else "doubtful")


def test_a_desktop_skylake_fits_what_was_detected_on_it(tmp_path):
    # The site's word skylake means a server with AVX-512, archspec's target of that name has none.
    root = replay(tmp_path, os="debian12", cpu="skylake_avx512")
    cpuinfo = root / "proc/cpuinfo"
    words = cpuinfo.read_text().split(" ")
    cpuinfo.write_text(" ".join(word for word in words if not word.startswith("avx512")))
    host = detect_host(root)
    assert host.cpu == "skylake"
    assert verdict(label_for({}, host), host).kind == "fits"


def test_the_worse_of_two_doubts_is_told(host_of):
    found = verdict(Label("RHEL8", "zen4"), host_of("debian12", "haswell"))
    assert found.kind == "unusable"
    assert "x86_64_v4" in found.reason


def test_a_cpu_without_flags_is_judged_by_its_family_only(tmp_path):
    root = replay(tmp_path, os="rhel8", cpu="zen2")
    (root / "proc/cpuinfo").write_text("processor\t: 0\n")
    host = detect_host(root)
    other = "zen2" if host.machine == "aarch64" else "grace"
    assert verdict(Label("RHEL8", other), host).kind == "unusable"


def test_every_word_of_the_table_names_a_target_that_archspec_knows(host_of):
    host = host_of("rhel8", "zen2")
    table = json.loads(files("vscvenv").joinpath("data/targets.json").read_text(encoding="utf-8"))
    for word in table["cpu_words"]:
        assert "not a CPU known" not in verdict(Label("RHEL8", word), host).reason, word


def test_the_records_have_their_sources():
    readme = (RECORDED / "README.md").read_text()
    for path in (RECORDED / "cpuinfo").iterdir():
        assert f"| {path.name} |" in readme


@pytest.mark.parametrize(
    ("node", "built", "environ", "label"),
    [
        (("rhel8", "zen2"), ["RHEL8-haswell", "RHEL8-zen2"], {}, "RHEL8-zen2"),
        (("rocky9", "zen2"), ["RL8-rome", "RL9-rome"], {}, "RL9-rome"),
        (("rocky9", "zen2"), ["RL9-zen2", "rocky9-zen2"], {}, "rocky9-zen2"),
        (("rocky9", "zen3"), ["RL9-zen2"], {}, "rocky9-zen3"),
        (("rocky9", "zen4"), ["RL9-zen4-h100"], {}, "rocky9-zen4"),
        (("rhel8", "zen2"), ["RHEL8-zen2"], {"VSC_ARCH_LOCAL": "haswell"}, "RHEL8-haswell"),
        (("rocky9", "zen2"), ["RL9-zen2"], {"VSC_ARCH_LOCAL": "zen2"}, "rocky9-zen2"),
        (("debian12", "zen2"), ["RHEL8-zen2"], {}, "debian12-zen2"),
    ],
)
def test_a_built_label_may_be_the_sites_name_for_a_node_that_nothing_names(host_of, node, built, environ, label):
    assert str(label_among(built, environ, host_of(*node))) == label
