"""What commands share."""

import json
import warnings

import click
import pytest
from click.testing import CliRunner

from classicxm.cli.options import (
    Number,
    as_printed,
    execution_options,
    one_line_warnings,
    query_options,
    report,
)
from classicxm.cli.search import parsed_weights
from classicxm.errors import CacheWarning


def test_queries_reach_a_command_as_one_dict():
    @click.command()
    @query_options("to see", multiple=True)
    @execution_options
    def shown(query, **execution):
        click.echo(json.dumps([query, execution]))

    result = CliRunner().invoke(shown, ["--text", "a", "--text", "b", "--image", "c.jpg", "--n-jobs", "2"])
    assert json.loads(result.output) == [
        {"text": ["a", "b"], "image": ["c.jpg"]},
        {"n_jobs": 2, "on_error": "raise", "cache": None},
    ]
    assert "A sound file to see; may be repeated." in " ".join(
        CliRunner().invoke(shown, ["--help"]).output.split()
    )


def test_printed_json_is_readable_and_obeyed_by_no_terminal():
    printed = as_printed({"text": "é \x1b[31m\x07"})
    assert "é" in printed and "\x1b" not in printed and json.loads(printed) == {"text": "é \x1b[31m\x07"}


def test_a_line_for_every_item(capsys):
    report(["item a"], ["item\nb"], [])
    assert capsys.readouterr().err == "classicxm: item a\nclassicxm: item b\n"


def test_warnings_of_users_concern_alone(capsys, monkeypatch):
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
    one_line_warnings()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("no\ncache", CacheWarning, stacklevel=1)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    assert capsys.readouterr().err == "classicxm: warning: no cache\n"


@pytest.mark.parametrize("name", ["--trust", "--root", "--allow-outside"])
def test_models_are_loaded_by_the_same_options(name, command):
    assert name in command("search", "--help").output


@pytest.mark.parametrize("text", ["1_0", "inf", "nan", "1e400", "0x10", "\u0663", "", "1,5"])
def test_numbers_of_options_are_what_people_write(text):
    with pytest.raises(click.BadParameter, match="is not a number"):
        Number().convert(text, None, None)
    with pytest.raises(ValueError, match="the weight of text must be a number"):
        parsed_weights(f"text={text.replace(',', '.5.')}")
    assert [Number().convert(one, None, None) for one in (" -.5", "+5", "1e3", 2.0)] == [-0.5, 5, 1000, 2]
