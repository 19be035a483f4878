"""One figure over several seeds."""

import json
import statistics

import pytest

from benchmarks import seeds
from benchmarks.rows import BenchmarkError, row
from classicxm.retrieval import make_retriever


def test_every_random_state_of_a_retriever_is_set():
    retriever = seeds.seeded(make_retriever("strong"), 7)
    states = {
        f"{modality}: {name}": value
        for modality, extractor in retriever.extractors.items()
        for name, value in extractor.get_params().items()
        if name.endswith("random_state")
    }
    assert len(states) > 5 and set(states.values()) == {7}


def test_rows_of_one_system_and_measure_are_told_apart_by_their_place():
    runs = [
        [row("b", "A", "map", value + bits, "mAP", value, value + 0.2, bits=bits) for bits in (16, 32)]
        for value in (0.1, 0.2, 0.4)
    ]
    first, second = seeds.merged(runs)
    assert first["settings"] == {"bits": 16, "seeds": 3} and second["settings"]["bits"] == 32
    assert first["value"] == pytest.approx(16 + 0.7 / 3) and second["value"] == pytest.approx(32 + 0.7 / 3)
    assert first["low"] == pytest.approx(0.7 / 3) and first["high"] == pytest.approx(0.2 + 0.7 / 3)
    assert first["seed_spread"] == pytest.approx(statistics.stdev([0.1, 0.2, 0.4]))


def test_what_one_seed_alone_measured_passes_as_it_is():
    timed = row("b", "A", "seconds", 2.0, "s")
    assert (
        seeds.merged([[timed, row("b", "A", "map", 0.5, "mAP")], [row("b", "A", "map", 0.5, "mAP")]])[0]
        == timed
    )


def test_times_are_those_of_the_first_seed_which_ran_alone():
    runs = [[row("b", "A", "train_seconds", seconds, "s", bits=16)] for seconds in (1.0, 5.0)]
    (found,) = seeds.merged(runs)
    assert found["value"] == 1.0 and "seed_spread" not in found


def test_what_was_chosen_under_each_seed_is_told(tmp_path):
    runs = [
        [row("b", "A", "map", 0.5, "mAP", ridge=ridge, fold_map=fold)] for ridge, fold in ((1, 0.2), (3, 0.4))
    ]
    (found,) = seeds.merged(runs)
    assert found["settings"] == {"ridge": "1 | 3", "fold_map": pytest.approx(0.3), "seeds": 2}
    assert found["seed_spread"] == 0.0


def test_seeds_that_were_run_are_not_run_again(tmp_path, monkeypatch):
    """Each seed runs in a process of its own under its own seed; what is kept is read."""
    asked = []

    def run(command, env, **_):
        asked.append(env[seeds.VARIABLE])
        path = command[command.index("--json") + 1]
        rows = [row("fake", "A", "map", float(env[seeds.VARIABLE]), "mAP")]
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"environment": {}, "rows": rows}, file)
        return seeds.subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(seeds.subprocess, "run", run)
    first = seeds.rows_of_seeds("fake", tmp_path, 2, tmp_path)
    assert asked == ["0", "1"] and first[0]["value"] == 0.5
    assert seeds.rows_of_seeds("fake", tmp_path, 3, tmp_path)[0]["value"] == 1.0
    assert sorted(asked) == ["0", "1", "2"] and asked[0] == "0"


def test_a_seed_that_fails_is_named(tmp_path):
    with pytest.raises(BenchmarkError, match=r"seed 0: .*no data at"):
        seeds.rows_of_seeds("wikipedia", tmp_path / "none", 2, tmp_path)
