"""Sockets and addresses, and what a worker process is told."""

import json
import socket
from dataclasses import asdict

import pytest

from classicxm.web import server as module
from classicxm.web.served import Source
from classicxm.web.server import VARIABLE, address, application, listening, run
from classicxm.web.settings import Limits, Settings


def test_any_free_port_and_its_address():
    with listening("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        assert address(bound, Settings()) == f"http://127.0.0.1:{port}/"
        assert address(bound, Settings(token="t")).endswith("/?token=t")
        with pytest.raises(
            ValueError, match=rf"cannot listen at 127\.0\.0\.1:{port} .*; choose another --port, 0 for any"
        ):
            listening("127.0.0.1", port)


def test_addresses_that_a_browser_opens():
    class Bound:
        def __init__(self, *name):
            self.name = name

        def getsockname(self):
            return self.name

    assert address(Bound("0.0.0.0", 80), Settings()) == "http://127.0.0.1:80/"
    assert address(Bound("::", 80, 0, 0), Settings()) == "http://[::1]:80/"


def test_workers_get_what_they_need_from_the_environment(saved, monkeypatch):
    settings = Settings(names=("here",), limits=Limits(files=3))
    told = {"settings": asdict(settings), "sources": [asdict(Source(str(saved), ("mine",)))]}
    monkeypatch.setenv(VARIABLE, json.dumps(told))
    monkeypatch.setattr(module, "threadpool_limits", lambda limit: None)
    context = application().state.context
    assert context.settings == settings and list(context.models) == [saved.name]
    assert context.models[saved.name].source.trusted == ("mine",)


def test_writing_workers_are_refused(saved):
    with pytest.raises(ValueError, match="several workers would overwrite what each other saves"):
        run([Source(str(saved))], Settings(allow_write=True), 0, workers=2)


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_families():
    try:
        bound = listening("::1", 0)
    except ValueError:
        pytest.skip("this machine has no IPv6 loopback")
    with bound:
        assert bound.family == socket.AF_INET6
