"""A student's file in a process of its own, whose functions are called as if they were here."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import classicxm
from classicxm.teaching.isolation import apart, can_isolate
from classicxm.teaching.messages import MessageError, pack, receive, send, unpack
from classicxm.teaching.submissions import Work

__all__ = ["StudentError", "StudentProcess"]

#: Most seconds that loading a file may take, beside what its tests may.
LOADING = 30


class StudentError(Exception):
    """What went wrong in the student's code, in one line for the student."""


class StudentProcess:
    """Functions of a submission, run apart under limits: ``process.covariance(X, 0.1)`` is answered from there.

    Tests run on this side. The other side gets arguments and gives values; it can end itself, print, patch or loop
    without reaching a test or a result. It is started again after it has ended or was stopped.

    Parameters
    ----------
    work : Work
    seconds : int
        Most seconds of one test.
    megabytes : int
        Most memory.
    covered : list of Path
        Folders that the student's code must not see, such as the solved files and other students' work.
    """

    def __init__(self, work: Work, seconds: int, megabytes: int, covered: list[Path]) -> None:
        self._work, self._seconds, self._megabytes = work, seconds, megabytes
        self._covered = covered
        self._process: subprocess.Popen[bytes] | None = None
        self._deadline: float | None = None
        self.problems: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()

    def __getattr__(self, name: str) -> Callable:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *arguments, **named: self.call(name, arguments, named)

    def begin_test(self) -> None:
        """Give the next test its time."""
        if self._process is None:
            self.start()
        self._deadline = time.monotonic() + self._seconds

    def start(self) -> None:
        """Start the process and load the file; `StudentError` where that does not come to an end."""
        self._folder = tempfile.TemporaryDirectory(
            prefix="classicxm-", dir="/var/tmp", ignore_cleanup_errors=True
        )
        there, back = os.pipe(), os.pipe()
        command = [sys.executable, "-m", "classicxm.teaching.worker", str(there[0]), str(back[1])]
        # the processor's time over all tests is bounded too, for what runs on between calls
        command += [str(20 * self._seconds + LOADING), str(self._megabytes)]
        folder = Path(self._folder.name)
        if can_isolate():
            command = apart(command, folder, self._covered)
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(there[0], back[1]),
            start_new_session=True,
        )
        os.close(there[0])
        os.close(back[1])
        self._writing, self._reading = there[1], back[0]
        self._deadline = time.monotonic() + LOADING
        cells = [(cell.title, cell.text) for cell in self._work.cells]
        first = {"name": self._work.module, "cells": cells, "tolerant": self._work.tolerant}
        self.problems = [str(problem) for problem in self._exchange(first, "your file")["problems"]]

    def call(self, name: str, arguments: tuple = (), named: dict | None = None) -> object:
        """What a function of the student returns.

        Raises
        ------
        StudentError
            Where it does not return a plain value in time.
        """
        if self._process is None:
            self.start()
            self._deadline = time.monotonic() + self._seconds
        call = {"name": name, "arguments": list(arguments), "named": named or {}}
        answer = self._exchange(call, name)
        if "problem" in answer:
            raise StudentError(str(answer["problem"]))
        return answer.get("value")

    def _exchange(self, message: dict, what: str) -> dict:
        try:
            send(self._writing, pack(message), self._deadline)
            answer = unpack(receive(self._reading, self._deadline))
        except TimeoutError:
            self.stop()
            raise StudentError(f"{what} took longer than {self._seconds} s and was stopped") from None
        except (EOFError, BrokenPipeError):
            self.stop()
            raise StudentError(
                f"{what} ended the process: it exits, or takes more than {self._megabytes} MB of memory"
            ) from None
        except MessageError as error:
            self.stop()
            raise StudentError(f"{what} gave {error}") from None
        if not isinstance(answer, dict):
            self.stop()
            raise StudentError(f"{what} gave no readable answer")
        return answer

    def stop(self) -> None:
        """End the process and all that it started."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None
        os.close(self._writing)
        os.close(self._reading)
        self._folder.cleanup()


def _environment(folder: Path) -> dict[str, str]:
    """Only what Python needs: nothing of the teacher's environment reaches the student's code."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    package = str(Path(classicxm.__file__).resolve().parents[1])
    return {
        **kept,
        **threads,
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONPATH": package,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
    }
