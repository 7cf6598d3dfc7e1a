from __future__ import annotations

import pytest

from vscvenv.messages import redact


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-i https://me:word@host/simple", "-i https://****@host/simple"),
        ("https://me:w@rd@host/simple", "https://****@host/simple"),
        ("https://me:it's\"odd@host/", "https://****@host/"),
        ("https://token@host", "https://****@host"),
        ("https://host/a@b and https://other", "https://host/a@b and https://other"),
        ("one https://a:b@c/d two http://e:f@g/h", "one https://****@c/d two http://****@g/h"),
    ],
)
def test_nothing_of_a_password_in_a_url_is_left(text, expected):
    assert redact(text) == expected
