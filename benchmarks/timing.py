"""Seconds and megabytes: the fastest of several runs, and the peak memory of a child process."""

import contextlib
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.rows import BenchmarkError

__all__ = ["best_seconds", "child_peak", "in_turn", "peak_megabytes", "reset_peak"]


def best_seconds(function, repeats=3, budget=None, warm_up=False, clock=time.perf_counter):
    """Seconds of the fastest call: other work on the machine only ever adds time.

    Parameters
    ----------
    function : callable without arguments
    repeats : int
        Calls at most; at least one is made.
    budget : float, optional
        Seconds after which no further call is started.
    warm_up : bool
        Make one call first that is not counted.
    clock : callable
        ``time.process_time`` leaves out what other processes took, where one thread does all the work.
    """
    if warm_up:
        function()
    begin, best = time.perf_counter(), float("inf")
    for _ in range(max(1, repeats)):
        start = clock()
        function()
        best = min(best, clock() - start)
        if budget is not None and time.perf_counter() - begin > budget:
            break
    return best


def in_turn(functions, repeats):
    """Seconds (n_functions, repeats) of calls ``function(i)``, i below ``repeats``, all in turn for each i."""
    seconds = [[0.0] * repeats for _ in functions]
    for function in functions:
        function(0)  # not counted
    for i in range(repeats):
        for taken, function in zip(seconds, functions, strict=True):
            start = time.perf_counter()
            function(i)
            taken[i] = time.perf_counter() - start
    return seconds


_CHILD = """
import importlib, json, sys, time
from benchmarks.timing import peak_megabytes
module, name, arguments = json.loads(sys.argv[1])
function = getattr(importlib.import_module(module), name)
before = peak_megabytes()
start = time.perf_counter()
answer = function(**arguments)
seconds = time.perf_counter() - start
print(json.dumps({"answer": answer, "seconds": seconds, "peak_mb": peak_megabytes(), "imports_mb": before}))
"""


def peak_megabytes():
    """Largest resident size this process has had, MiB."""
    # On Linux ru_maxrss starts at the parent's size, which exec hands on; the kernel's own mark does not.
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) / 2**10 for line in status if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (2**20 if sys.platform == "darwin" else 2**10)


def reset_peak():
    """Let `peak_megabytes` count from now on, where the system can; returns what the process holds now, MiB."""
    with contextlib.suppress(OSError):  # the peak is that of the whole process then
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return peak_megabytes()


def child_peak(module, name, **arguments):
    """Run ``module.name(**arguments)`` alone in a fresh process and measure it.

    Returns
    -------
    dict with "answer" (what the function returned; must be JSON), "seconds" (of the call), "peak_mb" (largest
    resident size of the whole process, MiB) and "imports_mb" (the part already there before the call).
    """
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, json.dumps([module, name, arguments])],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).resolve().parents[1],
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise BenchmarkError(f"{module}.{name} failed in its own process: {last}")
    return json.loads(done.stdout.strip().splitlines()[-1])
