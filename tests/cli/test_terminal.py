"""Text goes to a terminal with its control characters written out."""

import pytest

from classicxm.cli.terminal import say, say_line


@pytest.mark.parametrize("err", [False, True])
def test_several_lines_and_one(err, capsys):
    say("a\tb\n\x1b[31mred", err=err)
    say_line("a\n  b\x07", err=err)
    told = capsys.readouterr()
    text, other = (told.err, told.out) if err else (told.out, told.err)
    assert other == "" and "\x1b" not in text and "\x07" not in text
    assert text.count("\n") == 3 and text.splitlines()[-1].startswith("a b")


def test_without_a_line_end(capsys):
    say("done", nl=False)
    assert capsys.readouterr().out == "done"
