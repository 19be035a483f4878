"""Running the application: one process, or one a core around a shared socket, until it is told to stop."""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import uvicorn
from fastapi import FastAPI
from threadpoolctl import threadpool_limits

from classicxm.media.extent import Bounds
from classicxm.web.app import create_app
from classicxm.web.served import Source, named
from classicxm.web.settings import Limits, Settings

__all__ = ["address", "application", "run"]

#: Where worker processes find what they serve; not on their command line, which others may read.
VARIABLE = "CLASSICXM_SERVE"
#: Seconds that running requests get when the server is stopped.
PATIENCE = 10


def application() -> FastAPI:
    """The application of a worker process, from what `run` left in its environment."""
    told = json.loads(os.environ[VARIABLE])
    limits = told["settings"].pop("limits")
    media = Bounds(**limits.pop("media"))
    settings = Settings(
        **{**told["settings"], "names": tuple(told["settings"]["names"])},
        limits=Limits(**limits, media=media),
    )
    _log()
    threadpool_limits(1)
    return create_app(
        named([Source(**{**one, "trusted": tuple(one["trusted"])}) for one in told["sources"]]), settings
    )


def address(bound: socket.socket, settings: Settings) -> str:
    """The address that a browser opens for a bound socket, with the token where one is needed."""
    host, port = bound.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/" + (f"?token={settings.token}" if settings.token else "")


def listening(host: str, port: int) -> socket.socket:
    """A socket that is bound; ValueError in one line where it cannot be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Accepted connections inherit it. Without it, answers wait 40 ms for acknowledgements in worker processes, whose
    # event loop does not see that the socket it was handed is one of TCP.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        bound.bind((host, port))
        bound.listen(2048)
    except OSError as error:
        bound.close()
        raise ValueError(
            f"cannot listen at {host}:{port} ({error.strerror}); choose another --port, 0 for any free one"
        ) from None
    bound.set_inheritable(True)
    return bound


def run(
    sources: Sequence[Source],
    settings: Settings,
    port: int = 8000,
    workers: int = 1,
    ready: Callable[[str], Any] = print,
) -> None:
    """Serve models until SIGINT or SIGTERM; running requests are answered first.

    Parameters
    ----------
    sources : sequence of Source
    settings : Settings
    port : int, default=8000
        0 takes any free one.
    workers : int, default=1
        Processes; each maps the vectors of the models into memory, which they share.
    ready : callable
        Gets the address once it is bound.

    Raises
    ------
    ValueError
        For several workers that may write, or an address that is taken.
    """
    if workers > 1 and settings.allow_write:
        raise ValueError(
            "several workers would overwrite what each other saves; give --workers or --allow-write"
        )
    bound = listening(settings.host, port)
    options: dict[str, Any] = {
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": PATIENCE,
        "proxy_headers": False,
        "limit_concurrency": 1000,
        "h11_max_incomplete_event_size": 1 << 17,
    }
    _log()
    try:
        if workers == 1:
            threadpool_limits(1)
            app = create_app(named(sources), settings)
            ready(address(bound, settings))
            uvicorn.Server(uvicorn.Config(app, **options)).run(sockets=[bound])
            return
        os.environ[VARIABLE] = json.dumps(
            {"settings": asdict(settings), "sources": [asdict(source) for source in sources]}
        )
        for source in sources:
            source.load()  # what cannot be loaded is said here, once, and not by every worker
        ready(address(bound, settings))
        uvicorn.run(
            "classicxm.web.server:application", factory=True, workers=workers, fd=bound.fileno(), **options
        )
    finally:
        bound.close()
        os.environ.pop(VARIABLE, None)


def _log() -> None:
    """Warnings of the server as lines on stderr."""
    log = logging.getLogger("classicxm.web")
    if not log.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("classicxm: %(message)s"))
        log.addHandler(handler)
        log.propagate = False
