"""How a server runs: whom it listens to, what it lets in, and how large a request may be."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass, field

from classicxm.media.extent import Bounds

__all__ = ["LONGEST_LIST", "Limits", "Settings", "is_loopback"]

#: Answers that one question may ask for, over all its pages.
LONGEST_LIST = 1000
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Limits:
    """What a request may cost.

    Attributes
    ----------
    bytes : int
        Of a request's body; more is refused with 413.
    seconds : float
        Within which a body has to arrive; afterwards the answer is 408.
    files : int
        Of one request.
    waiting : float
        Seconds that a file waits for its turn to be described before the answer is 503.
    media : Bounds
        Pixels and seconds of a file, read from its header.
    """

    bytes: int = 32 << 20
    seconds: float = 60.0
    files: int = 8
    waiting: float = 60.0
    media: Bounds = field(default_factory=Bounds)


@dataclass(frozen=True)
class Settings:
    """Whom a server listens to and what it lets them do.

    Attributes
    ----------
    host : str
        Address it binds; anything but loopback needs a token.
    token : str or None
        What every request has to know.
    allow_write : bool
    names : tuple of str
        Further names under which the server is reached, allowed in ``Host``.
    limits : Limits

    Raises
    ------
    ValueError
        For an address beyond this machine without a token.
    """

    host: str = "127.0.0.1"
    token: str | None = None
    allow_write: bool = False
    names: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if not self.token and not is_loopback(self.host):
            raise ValueError(
                f"host {self.host} can be reached from other machines, which needs a token; add --token, or serve "
                "127.0.0.1"
            )
        if self.token is not None and not (self.token.isascii() and self.token.isprintable()):
            raise ValueError("the token must be printable ASCII; choose another")

    @property
    def is_private(self) -> bool:
        """Whether only this machine reaches the server."""
        return is_loopback(self.host)

    def allows_host(self, header: str) -> bool:
        """Whether a ``Host`` header names this server; a foreign one is how DNS rebinding shows.

        >>> Settings().allows_host("localhost:8000"), Settings().allows_host("evil.example:8000")
        (True, False)
        """
        name = _host_name(header)
        if name is None:
            return False
        known = {*LOOPBACK_NAMES, self.host.lower(), *(own.lower() for own in self.names)}
        if not self.is_private:
            known.add(socket.gethostname().lower())
        return name in known or (not self.is_private and _is_address(name))


def is_loopback(host: str) -> bool:
    """Whether an address or name reaches this machine alone.

    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0"), is_loopback("::1")
    (True, False, True)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _host_name(header: str) -> str | None:
    """The name in ``name:port`` or ``[address]:port``, in lower case; None where it is neither.

    >>> _host_name("[::1]:80"), _host_name("LOCALHOST"), _host_name("a:b:c")
    ('::1', 'localhost', None)
    """
    name, port = header.strip().lower(), ""
    if name.startswith("["):
        name, closed, port = name[1:].partition("]")
        if not closed or (port and not port.startswith(":")):
            return None
        port = port[1:]
    else:
        name, _, port = name.partition(":")
    return name.removesuffix(".") if port.isdigit() or not port else None
