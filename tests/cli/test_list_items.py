"""``classicxm list``: what a model holds."""

import json


def test_all_and_the_first(command, cli_model):
    result = command("list", cli_model)
    assert len(result.stdout.splitlines()) == 41 and "40 items" in result.stderr
    result = command("list", cli_model, "-k", 2)
    assert len(result.stdout.splitlines()) == 3 and "40 items, the first 2 shown" in result.stderr


def test_what_passes_a_filter(command, cli_model):
    found = json.loads(command("list", cli_model, "--filter", "split=test", "--json").stdout)
    assert len(found) == 8 and all(one["payload"]["split"] == "test" for one in found)
    assert found[0]["has"] == ["text", "image"]
    result = command("list", cli_model, "--filter", "split=nothing")
    assert result.stdout == "" and "split has 'train' (32), 'test' (8)" in result.stderr
