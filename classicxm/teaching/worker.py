"""The process in which a student's code runs: it loads the code and answers calls over two pipes.

It holds no test and no right answer. What it prints goes nowhere; what it returns is data (see `messages`).
Run as ``python -m classicxm.teaching.worker READ WRITE SECONDS MEGABYTES``, with two file descriptors.
"""

from __future__ import annotations

import contextlib
import difflib
import linecache
import resource
import sys
import traceback
import types

from classicxm.teaching.messages import MessageError, pack, receive, send, unpack

__all__ = ["main"]

LARGEST_FILE = 32 * 2**20


def limit(seconds: int, megabytes: int) -> None:
    """Bound time on the processor, memory and the size of files, for good."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20,) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def described(error: BaseException, file: str) -> str:
    """One line on an error of the student's code, with the line of their file."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    if isinstance(error, SyntaxError) and error.filename == file:
        lines.append(error.lineno)
    where = f" (line {lines[-1]} of {file})" if lines else ""
    if isinstance(error, SystemExit):
        return f"called exit{where}"
    try:
        text = " ".join(str(error).split())[:300]
    except BaseException:  # the message of an exception is code of the student, too
        text = "no message"
    if isinstance(error, ModuleNotFoundError):
        text += "; the grading environment does not have it"
    return f"raised {type(error).__name__}: {text}{where}"


def loaded(name: str, cells: list[tuple[str, str]], tolerant: bool) -> tuple[types.ModuleType, list[str]]:
    """A module of the cells (file name, text), and what went wrong; ``tolerant`` goes on after a failing cell."""
    module, problems = types.ModuleType(name), []
    sys.modules[name] = module
    for file, text in cells:
        linecache.cache[file] = (len(text), None, text.splitlines(True), file)
        try:
            exec(compile(text, file, "exec"), module.__dict__)
        except BaseException as error:  # exit and interrupts are answers like any other
            problems.append(described(error, file))
            if not tolerant:
                break
    return module, problems


def answered(module: types.ModuleType, file: str, name: str, arguments: list, named: dict) -> dict:
    """What a function of the module returns, or why it does not."""
    function = getattr(module, name, None)
    if function is None:
        known = [key for key, value in vars(module).items() if isinstance(value, types.FunctionType)]
        near = difflib.get_close_matches(name, known, 1)
        hint = (
            f"; is {near[0]} meant? keep the names of the handout" if near else "; keep the handout's names"
        )
        return {"problem": f"has no function {name}{hint}"}
    try:
        value = function(*arguments, **named) if callable(function) else function
    except BaseException as error:
        return {"problem": f"{name} {described(error, file)}"}
    try:
        pack(value)
    except MessageError as error:
        return {"problem": f"{name} returned {error}"}
    return {"value": value}


def main(reading: int, writing: int, seconds: int, megabytes: int) -> None:
    """Load what the first message holds, then answer calls until the pipe closes."""
    limit(seconds, megabytes)
    first = unpack(receive(reading))
    module, problems = loaded(first["name"], first["cells"], first["tolerant"])
    send(writing, pack({"problems": problems}))
    with contextlib.suppress(EOFError):
        while True:
            call = unpack(receive(reading))
            answer = answered(module, first["cells"][-1][0], call["name"], call["arguments"], call["named"])
            send(writing, pack(answer))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
