"""Whom a server listens to."""

import pytest

from classicxm.web.settings import Settings, is_loopback


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.5.5.5", True),
        ("::1", True),
        ("LocalHost", True),
        ("0.0.0.0", False),
        ("example.org", False),
    ],
)
def test_loopback(host, expected):
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("header", "allowed"),
    [
        ("localhost", True),
        ("LOCALHOST:8000", True),
        ("127.0.0.1:80", True),
        ("[::1]:80", True),
        ("localhost.", True),
        ("mine.test", True),
        ("evil.test", False),
        ("192.168.0.7", False),
        ("localhost:http", False),
        ("[::1", False),
        ("", False),
    ],
)
def test_hosts_of_a_private_server(header, allowed):
    assert Settings(names=("Mine.test",)).allows_host(header) is allowed


def test_a_public_server_answers_to_addresses_and_needs_a_token():
    public = Settings(host="0.0.0.0", token="secret")
    assert (
        public.allows_host("192.168.0.7:80") and not public.allows_host("evil.test") and not public.is_private
    )
    with pytest.raises(
        ValueError, match=r"host 0\.0\.0\.0 can be reached from other machines, which needs a token"
    ):
        Settings(host="0.0.0.0", token="")
    with pytest.raises(ValueError, match="the token must be printable ASCII"):
        Settings(token="é")
