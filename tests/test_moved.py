"""Old names lead to the new ones, and old modules say in one line where they went."""

import importlib
import subprocess
import sys

import pytest

from classicxm.moved import MODULES, NAMES


@pytest.mark.parametrize(("room", "name"), [(room, name) for room, names in NAMES.items() for name in names])
def test_names_are_found_where_they_were(room, name):
    found = NAMES[room][name]
    there, called = found if isinstance(found, tuple) else (found, name)
    assert getattr(importlib.import_module(room), name) is getattr(importlib.import_module(there), called)


@pytest.mark.parametrize("old", sorted(MODULES))
def test_modules_say_where_they_went(old):
    with pytest.raises(ModuleNotFoundError, match=rf"^{old} is now {MODULES[old]}$"):
        importlib.import_module(old)
    importlib.import_module(MODULES[old])  # which is there


def test_a_name_that_never_was():
    with pytest.raises(AttributeError, match="nobody"):
        importlib.import_module("classicxm.retrieval").nobody  # noqa: B018


def test_the_line_is_the_last_of_the_traceback():
    run = subprocess.run([sys.executable, "-c", "import classicxm.parts"], capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr.strip().endswith("ModuleNotFoundError: classicxm.parts is now classicxm.attribution")
