from __future__ import annotations

import pytest

from vscvenv.engine import pipconfig
from vscvenv.engine.options import Options


@pytest.fixture
def home(tmp_path):
    """A home directory; no configuration of this machine is read."""
    return {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path / "xdg")}


def conf(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def variables(environ, **options):
    asked = Options(**options)
    found = pipconfig.variables(pipconfig.read(environ, asked), pipconfig.asked(asked), environ)
    # What /etc/pip.conf of this machine says beside is not the test's.
    return {name: value for name, value in found.items() if name != "SSL_CERT_FILE"}


def arguments(environ, **options):
    asked = Options(**options)
    return pipconfig.arguments(pipconfig.read(environ, asked), pipconfig.asked(asked))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"PIP_INDEX_URL": "https://a/simple"}, {"UV_DEFAULT_INDEX": "https://a/simple"}),
        ({"PIP_EXTRA_INDEX_URL": "https://a https://b"}, {"UV_INDEX": "https://a https://b"}),
        ({"PIP_FIND_LINKS": "/not-there / https://c"}, {"UV_FIND_LINKS": "/,https://c"}),
        ({"PIP_TRUSTED_HOST": "a b"}, {"UV_INSECURE_HOST": "a b"}),
        ({"PIP_CLIENT_CERT": "/c.pem"}, {"SSL_CLIENT_CERT": "/c.pem"}),
        ({"PIP_PROXY": "http://p:8"}, {"ALL_PROXY": "http://p:8"}),
        ({"PIP_DEFAULT_TIMEOUT": "60"}, {"UV_HTTP_TIMEOUT": "60"}),
        ({"PIP_RETRIES": "1"}, {"UV_HTTP_RETRIES": "1"}),
        ({"PIP_CONSTRAINT": "/c.txt"}, {"UV_CONSTRAINT": "/c.txt"}),
        ({"PIP_INDEX_URL": "https://a", "UV_INDEX_URL": "https://uv"}, {}),
        ({"PIP_PROXY": "http://p:8", "https_proxy": "http://q"}, {}),
        ({"PIP_INDEX_URL": ""}, {}),
    ],
)
def test_variables_of_pip_are_told_to_uv(settings, expected, home):
    assert variables({**home, **settings}) == expected


def test_a_certificate_bundle_is_told_to_uv(home):
    environ = {**home, "PIP_CERT": "/c.pem"}
    assert pipconfig.variables(pipconfig.read(environ, Options()), {}, environ)["SSL_CERT_FILE"] == "/c.pem"


def test_files_override_each_other_in_pips_order(home, tmp_path):
    files = ["xdg/pip/pip.conf", ".pip/pip.conf", ".config/pip/pip.conf", "chosen.conf"]
    environ = {**home, "PIP_CONFIG_FILE": str(tmp_path / "chosen.conf")}
    for name in files:
        conf(tmp_path / name, f"[global]\nindex_url = https://{name}\n")
        assert variables(environ) == {"UV_DEFAULT_INDEX": f"https://{name}"}
    assert variables({**environ, "PIP_INDEX_URL": "https://v"}) == {"UV_DEFAULT_INDEX": "https://v"}


def test_the_section_of_install_overrides_and_others_do_not_count(home, tmp_path):
    text = "[install]\ntimeout = 2\n[global]\ntimeout = 1\nextra-index-url =\n  https://a\n  https://b\n[list]\ntimeout=3\n"
    conf(tmp_path / ".config/pip/pip.conf", text)
    assert variables(home) == {"UV_HTTP_TIMEOUT": "2", "UV_INDEX": "https://a https://b"}


def test_xdg_config_home_is_honoured(home, tmp_path):
    conf(tmp_path / "elsewhere/pip/pip.conf", "[global]\ntimeout = 9\n")
    assert variables({**home, "XDG_CONFIG_HOME": str(tmp_path / "elsewhere")}) == {"UV_HTTP_TIMEOUT": "9"}


def test_no_files_are_read_where_pip_reads_none(home, tmp_path):
    conf(tmp_path / ".config/pip/pip.conf", "[global]\ntimeout = 9\n")
    assert variables({**home, "PIP_CONFIG_FILE": "/dev/null"}) == {}


def test_a_broken_file_is_passed_over(home, tmp_path):
    conf(tmp_path / ".config/pip/pip.conf", "timeout 9\n")
    assert variables(home) == {}


def test_options_replace_single_values_and_add_to_lists(home):
    environ = {**home, "PIP_INDEX_URL": "https://a", "PIP_EXTRA_INDEX_URL": "https://b", "UV_FIND_LINKS": "/own"}
    found = variables(environ, index_url="https://x", extra_index_url=("https://y",), find_links=("/z",))
    assert found == {
        "UV_DEFAULT_INDEX": "https://x",
        "UV_INDEX": "https://b https://y",
        "UV_FIND_LINKS": "/own,/z",
    }


def test_lines_of_files_count_where_uv_does_not_read_them(home):
    environ = {**home, "PIP_INDEX_URL": "https://a"}
    lines = (("--index-url", "https://f"), ("--trusted-host", "h"))
    assert variables(environ, in_files=lines) == {"UV_INSECURE_HOST": "h"}


def test_what_has_no_variable_becomes_an_option(home):
    environ = {**home, "PIP_NO_INDEX": "1", "PIP_NO_BINARY": "a,b", "PIP_ONLY_BINARY": ":all:"}
    assert arguments(environ, no_binary=("c",)) == [
        *("--no-index", "--only-binary", ":all:", "--no-binary", "a", "--no-binary", "b", "--no-binary", "c")
    ]
    assert arguments({**home, "PIP_NO_INDEX": "0"}) == []
