"""A process apart: where the system permits, without network and with everything but its own folder read-only.

Linux name spaces (``unshare``) give this without rights; elsewhere only the limits of time and memory remain. Neither
is a sandbox: whoever grades strangers' code does it on a machine, or in a container, that holds nothing else.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

__all__ = ["apart", "can_isolate"]

#: Everything is made read-only, the process's folder and what it must not read are covered by empty folders, and a
#: second name space takes away the right to undo any of it.
_SCRIPT = """
set -e
mount -o remount,ro,bind /
for folder in /tmp /var/tmp /home /root; do mount -o remount,ro,bind "$folder" 2>/dev/null || true; done
mount -t tmpfs tmpfs /dev/shm
count=$1; shift
while [ "$count" -gt 0 ]; do
  [ ! -d "$1" ] || mount -t tmpfs -o mode=0755,size=64m tmpfs "$1"
  shift; count=$((count - 1))
done
cd "$1"; shift
exec unshare --user --mount -- "$@"
"""
_UNSHARE = ("unshare", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child")


def apart(command: list[str], folder: Path, covered: list[Path]) -> list[str]:
    """A command that runs another one apart, in ``folder``, unable to see what is in the ``covered`` folders."""
    hidden = [*map(str, dict.fromkeys(path.resolve() for path in covered)), str(folder)]
    return [*_UNSHARE, "sh", "-c", _SCRIPT, "sh", str(len(hidden)), *hidden, str(folder), *command]


@functools.cache
def can_isolate() -> bool:
    """Whether this system lets a process be put apart."""
    if shutil.which("unshare") is None:
        return False
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        command = apart(["true"], Path(folder), [])
        try:
            return subprocess.run(command, capture_output=True, timeout=20).returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            return False
