"""Requirements files as people have them: what is read, what it asks for, and what is said about the rest."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from testbed import Distribution, Wheels, interpreters
from testbed.environment import hermetic
from vscvenv.engine import uvtool
from vscvenv.errors import InputError, UsageError
from vscvenv.reading.requirements import describe_change, read

DATA = Path(__file__).parent / "data" / "requirements"


def asked(*paths, environ=None, cwd=DATA, extras=(), groups=()):
    return read([Path(path) for path in paths], extras=extras, groups=groups, environ=environ or {}, cwd=cwd)


@pytest.fixture
def lines(tmp_path):
    """Read a file of the lines given, from the directory that it is in."""

    def read_lines(*texts, environ=None, name="r.txt"):
        (tmp_path / name).write_text("".join(f"{text}\n" for text in texts), "utf-8")
        return asked(name, environ=environ, cwd=tmp_path)

    return read_lines


@pytest.fixture
def refusal(lines, tmp_path):
    """Read lines that cannot be used, and return the error; it names the line that stands last."""

    def refused(*texts, environ=None):
        with pytest.raises(InputError) as raised:
            lines(*texts, environ=environ)
        assert raised.value.message.startswith(f"{tmp_path / 'r.txt'}:{len(texts)}: ")
        assert raised.value.hint
        return raised.value

    return refused


def project(directory, name="mine"):
    directory.mkdir(parents=True)
    (directory / "pyproject.toml").write_text(f'[project]\nname = "{name}"\nversion = "1"\n')
    return directory


def test_named_requirements():
    found = asked("analysis.txt")
    assert [(item.name, str(item.requirement.specifier), item.line) for item in found.items] == [
        ("beautifulsoup4", "==4.12.3", 2),
        ("icecream", "", 3),
        ("xarray", "<2024,>=2023.1", 4),
        ("pandas", "!=2.1.0,>=2", 5),
        ("pyyaml", "~=6.0", 6),
        ("ruamel-yaml", ">=0.17", 7),
        ("tqdm", "", 8),
        ("typing-extensions", ">=4", 10),
    ]
    assert [one.path for one in found.inputs] == [DATA / "analysis.txt"]
    assert found.items[1].text == "icecream"
    assert found.items[1].where == f"{DATA / 'analysis.txt'}:3"
    assert found.as_written
    assert found.files(Path("/nowhere")) == found.sources == (Path("analysis.txt"),)


def test_hashes_stay_with_their_line():
    found = asked("hashed.txt")
    assert [(item.name, item.line, item.text.count("--hash=sha256:")) for item in found.items] == [
        ("certifi", 9, 2),
        ("idna", 13, 2),
    ]
    assert [(option.name, option.value, option.line) for option in found.options] == [
        ("--index-url", "https://pypi.org/simple", 7)
    ]


def test_what_pip_freeze_leaves_under_modules_is_read_by_name_and_version(capsys):
    found = asked("frozen.txt")
    assert {item.text.split()[0]: item.rewritten for item in found.items if item.rewritten} == {
        "beniget": "beniget==0.4.1",
        "mpi4py": "mpi4py==3.1.4",
        "numpy": "numpy==1.25.1",
        "pybind11": 'pybind11==2.11.1; python_version >= "3.8"',
    }
    assert not found.as_written
    said = capsys.readouterr().err
    assert f"{DATA / 'frozen.txt'}:6: /dev/shm/vsc40000/" in said
    assert said.count("warning") == 4


def test_urls_and_options():
    found = asked("torch.txt")
    assert [item.name for item in found.items] == [
        "torch",
        "torch-scatter",
        "clip",
        "en-core-web-sm",
        "flash-attn",
        "detectron2",
    ]
    assert [item.editable for item in found.items] == [False] * 5 + [True]
    assert [option.name for option in found.options] == [
        "--extra-index-url",
        "--find-links",
        "--prefer-binary",
        "--trusted-host",
    ]
    assert [str(option) for option in found.pip_only] == ["--editable git (torch.txt:10)"]
    assert found.names == ("torch==2.1.2+cu121", "torch-scatter", "clip", "en-core-web-sm", "flash-attn", "detectron2")


def test_secrets_are_never_kept():
    found = asked("private.txt", environ={"CI_TOKEN": "s3cret"})
    assert "s3cret" not in repr(found)
    assert b"glpat" not in found.inputs[0].redacted
    assert found.items[0].requirement.url == "git+https://oauth2:${CI_TOKEN}@gitlab.example.org/lab/tools.git@v1.2"


def test_a_variable_that_is_not_set_is_warned_about(lines, tmp_path, capsys):
    lines("six", "x @ https://${TOKEN_X}@h/x-1.tar.gz")
    lines("six", "--index-url https://${TOKEN_X}@h/simple")
    warning = f"{tmp_path / 'r.txt'}:2: ${{TOKEN_X}} is not set"
    assert capsys.readouterr().err.count(warning) == 2


def test_nested_files_are_all_inputs_and_read_once():
    found = asked("nested/dev.txt", "nested/base.txt")
    names = ["nested/dev.txt", "nested/base.txt", "nested/pins/all.txt"]
    assert [one.path for one in found.inputs] == [DATA / name for name in names]
    assert [item.name for item in found.items] == ["numpy", "six", "pytest"]
    assert [item.text for item in found.constraints] == ["numpy<2", "six==1.16.0"]


def test_a_circle_is_named(tmp_path):
    (tmp_path / "a.txt").write_text("six\n-r b.txt\n")
    (tmp_path / "b.txt").write_text("-c a.txt\n")
    with pytest.raises(InputError, match=r"b\.txt:1: a\.txt includes itself: a\.txt → b\.txt → a\.txt"):
        asked("a.txt", cwd=tmp_path)


def test_a_missing_nested_file_names_the_line(refusal, tmp_path):
    assert str(tmp_path / "base.txt") in refusal("six", "-r base.txt").message
    assert "constraints file" in refusal("six", "-c ${HERE}/pins.txt", environ={"HERE": str(tmp_path)}).message


def test_included_urls_are_no_inputs(lines):
    found = lines("-r https://example.org/r.txt", "--constraint=https://example.org/c.txt")
    assert [(option.name, option.value) for option in found.options] == [
        ("--requirement", "https://example.org/r.txt"),
        ("--constraint", "https://example.org/c.txt"),
    ]
    assert len(found.inputs) == 1


def test_an_included_file_url_is_an_input(lines, tmp_path):
    (tmp_path / "a b.txt").write_text("six")
    assert [item.name for item in lines(f"-r {(tmp_path / 'a b.txt').as_uri()}").items] == ["six"]


@pytest.mark.parametrize(
    "line", ["-e ./pkg", "./pkg", "-e file:{cwd}/pkg", "file://{cwd}/pkg", "mine @ file://{cwd}/pkg"]
)
def test_the_files_of_local_projects_are_inputs(lines, tmp_path, line):
    project(tmp_path / "pkg")
    (tmp_path / "pkg" / "setup.cfg").touch()
    found = lines(line.format(cwd=tmp_path))
    assert [one.path for one in found.inputs[1:]] == [tmp_path / "pkg/pyproject.toml", tmp_path / "pkg/setup.cfg"]
    assert [item.name for item in found.items] == ["mine"]
    assert found.items[0].editable == line.startswith("-e")
    assert found.as_written


def test_an_editable_path_in_quotes_is_rewritten_for_uv(lines, tmp_path):
    project(tmp_path / "a b")
    place = (tmp_path / "a b").as_uri()
    for written, meant in (("'a b'", place), ('"./a b[x, y]"', f"{place}[x, y]"), (r"a\ b", place)):
        found = lines(f"-e {written}")
        assert not found.as_written
        assert found.items[0].rewritten == f"--editable {meant}"
    with pytest.raises(InputError, match="passes over 'b'") as refused:
        lines("-e a b")
    assert "into quotes" in refused.value.hint


def test_extras_behind_the_name_of_a_file(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project]\nname='x'\n")
    with pytest.raises(InputError) as refused:
        asked("pyproject.toml[dev, test]", cwd=tmp_path)
    assert refused.value.hint.endswith("--requirements pyproject.toml --extra dev --extra test")


def test_extras_of_a_local_project(lines, tmp_path):
    project(tmp_path / "pkg")
    (tmp_path / "setup.py").touch()
    assert [item.name for item in lines("./pkg[a,b]", "-e ./pkg [c]".replace(" [", "["), "-e .[dev]").items] == [
        "mine",
        "mine",
        None,
    ]


def test_an_archive_is_known_by_its_digest(lines, tmp_path):
    wheel = Wheels(tmp_path / "w h").wheel(Distribution("Some.Thing", "1.2"))
    found = lines(f"./w h/{wheel.name}[extra] ; python_version>'3'")
    assert found.items[0].name == "some-thing"
    assert found.inputs[1].path == wheel
    assert b"sha256" in found.inputs[1].content


def test_a_project_that_is_not_there_says_where_pip_looks(refusal, tmp_path):
    (tmp_path / "data").mkdir()
    assert "no Python project" in refusal("./data").message
    assert f"there is no {tmp_path / 'gone'}" in refusal("-e ./gone").message
    assert "there is no" in refusal("./gone-1.0-py3-none-any.whl").message
    project(tmp_path / "sub/pkg")
    (tmp_path / "sub/r.txt").write_text("-e ./pkg")
    with pytest.raises(InputError) as raised:
        asked("sub/r.txt", cwd=tmp_path)
    assert "not beside the file" in raised.value.hint


@pytest.mark.parametrize(
    ("line", "corrected"),
    [
        ("numpy>=1.15.", "numpy>=1.15"),
        ("filelock==3.12.4$", "filelock==3.12.4"),
        ("torch==1.*.*", "torch==1.*"),
        ("scipy>=1.*", "scipy>=1"),
        ("numpy=1.26", "numpy==1.26"),
        ("numpy=1.26.4=py311h64a7726_0", "numpy==1.26.4"),
        ("numpy 1.26", "numpy==1.26"),
        ("numpy>=1.20<2", "numpy>=1.20,<2"),
        ("numpy=>1.20", "numpy>=1.20"),
        ("tomli; python_version<3.11", 'tomli; python_version < "3.11"'),
        ("pip install rich", "rich"),
        ('"rich==13.0",', "rich==13.0"),
    ],
)
def test_other_spellings_are_corrected(refusal, line, corrected):
    assert refusal("six", line).hint == f"Write: {corrected}"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("SciPy-bundle/2023.07-gfbf-2023a", "--modules"),
        ("module load Python", "--modules"),
        ("Package    Version", "--format=freeze"),
        ("six,rich", "each in a line of its own"),
        ("six; rich", "each in a line of its own"),
        ("./nowhere", "current directory"),
        ("six -f https://example.org/wheels", "line of its own"),
        ("six --no-binary six", "line of its own"),
        ("-r a.txt --pre", "line of its own"),
        ("-e . -e ./b", "line of its own"),
        ("six --hash=md5:00", "sha256"),
        ("--pre six", "Correct"),
        ("--frobnicate", "Correct"),
        ("--index-url", "Correct"),
        ("six --hash='", "Correct"),
        ("-e git+https://example.org/x.git", "#egg="),
        ("-e https://example.org/x.zip", "git+https"),
    ],
)
def test_what_pip_would_refuse_or_pass_over_is_refused(refusal, line, said):
    assert said in refusal("", "six", line).hint


def test_an_error_does_not_tell_the_value_of_a_variable(refusal):
    problem = refusal("${SECRET}", environ={"SECRET": "not a requirement"})
    assert "not a req" in problem.message
    assert "requirement'" not in problem.message


def test_abbreviated_and_joined_options(lines):
    found = lines("--extra-index https://a.example --pre", "-fhttps://b.example", "-i https://c.example/${X_Y}")
    assert [(option.name, option.value) for option in found.options] == [
        ("--extra-index-url", "https://a.example"),
        ("--pre", ""),
        ("--find-links", "https://b.example"),
        ("--index-url", "https://c.example/${X_Y}"),
    ]
    assert not found.as_written


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("six --config-settings=a=b", "--config-settings"),
        ('six --global-option="--x"', "--global-option"),
        ("--only-final six", "--only-final"),
        ("${NAME}==1", "a variable in ${NAME}==1"),
        ("hg+https://example.org/x#egg=x", "hg"),
    ],
)
def test_what_only_pip_can_do(lines, line, why):
    found = lines(line, environ={"NAME": "six"})
    assert [option.name for option in found.pip_only] == [why]


@pytest.mark.parametrize("line", ["x @ https://${HOST_A}/x-1.zip", "git+https://h/x", "./${DIR}"])
def test_what_uv_can_do_as_well(lines, tmp_path, line):
    project(tmp_path / "pkg")
    assert not lines(line, environ={"HOST_A": "h", "DIR": "pkg"}).pip_only


def test_bytes_that_uv_cannot_read_need_a_copy(tmp_path):
    (tmp_path / "r.txt").write_bytes("# für\nsix\n".encode("latin-1"))
    found = asked("r.txt", cwd=tmp_path)
    assert [item.name for item in found.items] == ["six"]
    assert not found.as_written


def test_windows_files_with_crlf_and_bom(tmp_path):
    (tmp_path / "r.txt").write_bytes("\ufeffsix \\\r\n  >=1\r\nrich".encode())
    assert [item.text for item in asked("r.txt", cwd=tmp_path).items] == ["six   >=1", "rich"]


def test_an_empty_file_is_fine(lines):
    assert lines().items == lines("# nothing", "").items == ()


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("environment.yml", "conda"),
        ("env.txt", "conda"),
        ("poetry.lock", "lock file"),
        ("setup.py", "project"),
        ("Pipfile", "Pipfile"),
    ],
)
def test_other_kinds_of_files_are_called_by_name(tmp_path, name, what):
    shutil.copy(DATA / "environment.yml", tmp_path / name)
    with pytest.raises(InputError, match=f"{name}:1: this is .*{what}"):
        asked(name, cwd=tmp_path)


def test_a_project_file_gives_its_dependencies():
    found = asked("project/pyproject.toml")
    assert [(item.text, item.line) for item in found.items] == [
        ("numpy>=1.22", 9),
        ('tomli; python_version < "3.11"', 10),
    ]
    assert not found.as_written


def test_extras_and_groups_of_a_project_file():
    found = asked("project/pyproject.toml", extras=["all"], groups=["dev-tools"])
    extras, groups = ["mpi4py>=3.1", "matplotlib", "rich"], ["pytest>=8", "coverage", "ipython", "ruff"]
    assert [item.text for item in found.items[2:5]] == extras
    assert [item.text for item in found.items[5:]] == groups
    assert found.items[-1].where == f"{DATA / 'project/pyproject.toml'}:20"


def test_sources_that_only_uv_knows_are_warned_of(tmp_path, capsys):
    sources = "[tool.uv.sources]\nMy-Lib = { git = 'https://example.org/my-lib' }\nother = { index = 'own' }\n"
    dependencies = "dependencies = [\n'rich',\n'my_lib[x]>=1',\n]\n"
    (tmp_path / "pyproject.toml").write_text(f"[project]\nname = 'x'\n{dependencies}{sources}")
    asked("pyproject.toml", cwd=tmp_path)
    (said,) = capsys.readouterr().err.splitlines()
    assert f"{tmp_path}/pyproject.toml:5: [tool.uv.sources] is not read: for my_lib from elsewhere" in said


@pytest.mark.parametrize(
    ("text", "wanted", "said"),
    [
        ("[project]\nname = 'x'\n", {"extras": ["gpu"]}, "no extra gpu"),
        ("[project]\nname = 'x'\n", {"groups": ["gpu"]}, "no dependency group gpu"),
        ("[project]\ndynamic = ['dependencies']\n", {}, "dynamic"),
        ("[tool.poetry.dependencies]\nnumpy = '^1'\n", {}, r"no \[project\] table"),
        ("project = 1\n", {}, "not a table"),
        ("[project]\ndependencies = 'numpy'\n", {}, "list of strings"),
        (
            "[dependency-groups]\na = [{include-group = 'b'}]\nb = [{include-group = 'A'}]\n",
            {"groups": ["a"]},
            "includes itself",
        ),
        ("[dependency-groups]\na = [{include = 'b'}]\n", {"groups": ["a"]}, "list of strings"),
        ("[project]\ndependencies = ['numpy=1']\n", {}, "numpy=1"),
        ("[project\n", {}, "not TOML"),
    ],
)
def test_a_project_file_that_cannot_be_used(tmp_path, text, wanted, said):
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(InputError, match=f"^{tmp_path}/pyproject.toml:[12]: .*{said}") as raised:
        asked("pyproject.toml", cwd=tmp_path, **wanted)
    assert raised.value.hint


def test_extras_need_a_project_file():
    with pytest.raises(UsageError):
        asked("analysis.txt", extras=["x"])


@pytest.mark.parametrize("program", ["uv", "3.6", "3.11"])
def test_an_installer_takes_the_copy(tmp_path, program, capsys):
    wheels = Wheels(tmp_path / "it's a wheel house")
    for name, version in (("six", "1.16.0"), ("six", "1.17.0"), ("rich", "13.0"), ("numpy", "1.25.1"), ("plot", "1.0")):
        wheels.wheel(Distribution(name, version))
    (tmp_path / "pyproject.toml").write_text("[project]\nname='x'\n[project.optional-dependencies]\np = ['plot']\n")
    project(tmp_path / "pkg")
    (tmp_path / "pins.txt").write_text("six<1.17\n")
    (tmp_path / "r.txt").write_text(
        '--find-links "it\'s a wheel house" --no-index\n-f gone\n-c pins.txt\nrich ;\nsix\nnumpy @ file:///dev/shm/numpy-1.25.1\n'
    )
    found = asked("r.txt", "pyproject.toml", cwd=tmp_path, extras=["p"])
    assert "r.txt:2: --find-links is passed over: there is no gone" in capsys.readouterr().err
    (copy,) = found.files(tmp_path)
    with pytest.raises(InputError):
        asked("r.txt", cwd=tmp_path / "elsewhere")
    python = interpreters.install("3.11" if program == "uv" else program)
    pip = [python.executable, "-m", "pip", "install", "--ignore-installed"]
    run = [uvtool.executable(), "pip", "install", "--python", python.executable] if program == "uv" else pip
    environ = {**hermetic(tmp_path), **python.environment()}
    subprocess.run([*run, "--target", tmp_path / "site", "-r", copy], check=True, cwd=tmp_path, env=environ)
    names = {path.name for path in (tmp_path / "site").glob("*.dist-info")}
    assert names == {f"{each}.dist-info" for each in ("six-1.16.0", "rich-13.0", "numpy-1.25.1", "plot-1.0")}


@pytest.mark.parametrize(
    "text",
    [
        "six \\\n  >=1,\\\n <2\nrich\n",
        "six \\\r\n  <2\r\nrich\r\n",
        "si\\\nx<2\nrich",
        "six<2\nrich\\",
        "six<2\n\frich\n",
        "six<2 # and\u2028rich\n",
        "six<2\rrich\r",
        "--find-links \\\n wheels\nsix<2\nrich\n",
        "-rmore.txt\nrich\n",
        "--requirem more.txt\nrich\n",
        "-cmore.txt\nsix\nrich\n",
        "-fwheels\nsix<2\nrich\n",
        "-e./mine\nsix<2\nrich\n",
        "--edit ./mine\nsix<2\nrich\n",
        "--editable=./mine\n-r 'more.txt'\nrich\n",
    ],
)
def test_uv_is_given_all_spellings_that_pip_takes_so_that_it_takes_them(lines, tmp_path, text):
    wheels = Wheels(tmp_path / "wheels")
    for name, version in (("six", "1"), ("six", "2"), ("rich", "1")):
        wheels.wheel(Distribution(name, version))
    project(tmp_path / "mine")
    lines("six<2", name="more.txt")
    (tmp_path / "r.txt").write_bytes(text.encode())
    files = asked("r.txt", cwd=tmp_path).files(tmp_path)
    python = interpreters.install("3.11")
    command = [uvtool.executable(), "pip", "compile", "--quiet", "--no-annotate", "--no-header", "--no-index", *files]
    command += ["--python", python.executable, "--find-links", wheels.directory]
    environ = {**hermetic(tmp_path), **python.environment()}
    ran = subprocess.run(command, check=False, cwd=tmp_path, env=environ, capture_output=True, text=True)
    found = {*ran.stdout.splitlines()}
    assert found - {"-e ./mine", f"-e {(tmp_path / 'mine').as_uri()}"} == {"rich==1", "six==1"}, ran.stderr


def test_a_change_is_described():
    def change(old, new, name="requirements.txt"):
        return describe_change(Path("/p") / name, old.encode(), new.encode())

    assert change("numpy==1.25\nsix", "rich\nNumPy==1.26") == "requirements.txt changed: +rich, numpy 1.25 → 1.26, -six"
    assert change("a>=1\n", "a\n-f https://u:p@h\n") == "requirements.txt changed: +-f https://****@h, a >=1 → any"
    assert change("a # x", "a") == "requirements.txt changed: comments, order or layout"
    assert change('a==1; python_version<"3.9"\na==2', 'a==1; python_version<"3.9"\na==3').endswith("changed: a 2 → 3")
    assert change("a\n--bad", "b") == "requirements.txt changed: +b"
    old, new = (
        "[project]\ndependencies = ['a==1']\n",
        "[project]\ndependencies = ['a==2']\n[dependency-groups]\nt = ['b']\n",
    )
    assert change(old, new, "pyproject.toml") == "pyproject.toml changed: +b, a 1 → 2"
    assert change("x", "y", "setup.py") == "setup.py changed: comments, order or layout"


PIECES = [
    "six",
    "==1",
    ";",
    "python_version",
    '"',
    "'",
    "-r",
    "-c",
    "-e",
    "r.txt",
    "./",
    "/",
    "file:",
    "git+https://",
    "@",
    "%00",
    "${HOME}",
]
LINES = st.lists(
    st.sampled_from([*PIECES, " ", " ", "\n", "\\", "#", "[x]", "--hash", "=", "sha256:00", ".whl", "é", "$"])
)


@given(st.one_of(st.binary(max_size=60), LINES.map(lambda pieces: "".join(pieces).encode())))
@example(b"./" + b"x" * 5000)
@example(b"-e file:%00")
@example(b"file:r.txt")
@example(b"x @ file://[")
@example(b"-r file://[")
@example(b"https://[/x")
def test_anything_is_read_or_an_error_that_names_the_file(tmp_path_factory, content):
    directory = tmp_path_factory.getbasetemp()
    (directory / "r.txt").write_bytes(content)
    try:
        found = asked("r.txt", cwd=directory, environ={"HOME": "/home/me"})
    except InputError as problem:
        found = problem
    if isinstance(found, InputError):
        assert found.message.startswith(f"{directory / 'r.txt'}:")
    else:
        assert found.inputs[0].content == content
    assert describe_change(directory / "r.txt", content, content)
