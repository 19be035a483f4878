"""A guard that refuses every socket beyond this machine; it sees whatever Python code of any package does."""

import ipaddress
import os
import sys

__all__ = ["OutsideLoopbackError", "beyond_loopback", "forbid_outside_loopback"]

#: Audit event -> which of its arguments is the address or host.
EVENTS = {
    "socket.bind": 1,
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.gethostbyaddr": 0,
}


class OutsideLoopbackError(RuntimeError):
    """Somebody opened a socket that reaches beyond this machine."""


def beyond_loopback(address):
    """Whether an address of a socket, or a host's name, is neither local nor left out."""
    host = address[0] if isinstance(address, tuple) else address
    if host is None or not isinstance(address, tuple | str | bytes):
        return False
    if isinstance(host, bytes):
        host = host.decode("utf-8", "replace")
    if not isinstance(host, str) or host in ("localhost", "") or os.sep in host or host.startswith("\0"):
        return isinstance(address, tuple) and host == ""  # a nameless host of a pair is every network
    try:
        return not ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return True


def forbid_outside_loopback(log=None):
    """From now on refuse such sockets in this process; ``log`` gets a line for the guard and for each refusal."""

    def note(line):
        if log is not None:
            with open(log, "a", encoding="utf-8") as file:
                file.write(f"{os.getpid()} {line}\n")

    def guard(event, arguments):
        if event in EVENTS and beyond_loopback(arguments[EVENTS[event]]):
            note(f"{event} {arguments[EVENTS[event]]!r}")
            raise OutsideLoopbackError(f"{event} to {arguments[EVENTS[event]]!r}, outside loopback")

    note("guarded")
    sys.addaudithook(guard)
