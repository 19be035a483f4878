"""``classicxm info``: the facts of a model."""

import json


def test_facts(command, cli_model):
    told = json.loads(command("info", cli_model, "--json").stdout)
    assert told["items"] == {"all": 40, "text": 40, "image": 40} and told["learned_from"] == 32
    assert told["bytes"] == sum(path.stat().st_size for path in cli_model.rglob("*") if path.is_file())


def test_a_table_of_the_same(command, cli_model):
    firsts = {line.split()[0] for line in command("info", cli_model).stdout.splitlines() if line.strip()}
    assert {"items", "aligner", "extractors", "size"} <= firsts


def test_no_model(command, tmp_path):
    result = command("info", tmp_path / "none")
    assert (
        result.exit_code == 2 and "does not exist" in result.stderr and len(result.stderr.splitlines()) == 1
    )
