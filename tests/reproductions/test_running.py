"""Data are checked before anything runs; what is done is not done again; what fails is named."""

import json

import numpy as np
import pytest

from classicxm.reproductions import commands_of, data_problems, read_reproductions, reproduce
from classicxm.reproductions.running import DONE


def run(small, **how):
    return reproduce(read_reproductions(small.folder)["small"], small.root, small.output, **how)


def test_it_runs_once(small):
    first = run(small)
    assert (first.state, first.earlier, [str(one) for one in first.verdicts]) == ("OK", False, ["OK", "OK"])
    second = run(small)
    assert second.earlier and second.state == "OK" and small.runs() == 1
    assert not run(small, again=True).earlier and small.runs() == 2


def test_another_value_fails_with_both_numbers(small):
    small.write(value=round(small.value + 0.02, 4))
    outcome = run(small)
    wanted = f"FAILED expected {small.value + 0.02:.4f} got {small.value:.4f}".replace("0.", ".")
    assert outcome.state == "FAILED" and [str(one) for one in outcome.verdicts] == [wanted] * 2
    small.write(value=round(small.value + 0.003, 4))
    assert [str(one) for one in run(small).verdicts] == ["OK within .005"] * 2, "what was run is judged anew"


@pytest.mark.parametrize("name", ["I_te", "I_tr", "T_te", "T_tr"])
def test_an_altered_feature_file_is_caught_before_anything_runs(small, name):
    small.matrices[name][3, 1] += 1e-6
    small.save()
    outcome = run(small)
    assert outcome.state == "DATA DIFFER" and outcome.verdicts == [] and small.runs() == 0
    assert "raw_features.mat is not the file that figures come from: sha256" in outcome.notes[0]


@pytest.mark.parametrize(
    "change", [lambda X: X[:, ::-1] * 2, lambda X: X + 0.01, lambda X: X[:, :3], lambda X: X**2]
)
def test_sums_over_features_catch_what_checksums_do_not_see(small, change):
    small.write(checksum=False)
    assert run(small).state == "OK"
    small.matrices["I_te"] = change(small.matrices["I_te"])
    small.save()
    outcome = run(small, again=True)
    assert outcome.state == "DATA DIFFER" and small.runs() == 1
    assert outcome.notes[0].startswith("wikipedia: image features of split test")


def test_done_with_other_data_or_commands_is_done_again(small):
    run(small)
    small.matrices["I_te"] = small.matrices["I_te"] + 0.1
    small.save()
    small.write(value=0.25)
    (small.data / "value.txt").write_text("0.25")
    outcome = run(small)
    assert outcome.state == "OK" and not outcome.earlier and small.runs() == 2


def test_no_data_is_said(small):
    for path in small.data.iterdir():
        path.unlink()
    small.data.rmdir()
    outcome = run(small)
    assert outcome.state == "NO DATA" and f"no wikipedia in {small.root}" in outcome.notes[0]


def test_a_missing_file_is_said(small):
    (small.data / "raw_features.mat").unlink()
    one = read_reproductions(small.folder)["small"]
    wanted = one.checksums["wikipedia/raw_features.mat"]
    (problem,) = data_problems(one, small.root)
    assert f"sha256 missing, expected {wanted}; fetch or copy it again" in problem


def test_a_command_that_fails_is_named_and_run_again_the_next_time(small):
    program = small.data / "score.py"
    whole = program.read_text()
    program.write_text("import sys\nsys.exit('out of luck')\n")
    outcome = run(small)
    assert outcome.state == "FAILED" and outcome.notes[0].endswith("out of luck (exit code 1)")
    program.write_text("pass\n")
    assert "left no result that can be read" in run(small).notes[0]
    program.write_text(whole)
    assert run(small).state == "OK"


@pytest.mark.slow
@pytest.mark.parametrize("text", ["{", "[]", '{"signature": 1}', ""])
def test_a_damaged_note_of_what_is_done_means_doing_it_again(small, text):
    run(small)
    (small.output / "small" / DONE).write_text(text)
    assert run(small).state == "OK" and small.runs() == 2


def test_a_reproduction_of_which_nothing_is_expected_is_no_success(small):
    path = small.folder / "small.toml"
    path.write_text(path.read_text().partition("[expected]")[0])
    outcome = run(small)
    assert outcome.state == "FAILED" and "no row is expected of it, 2 were found" in outcome.notes[0]


def test_what_is_pending_is_not_run_and_says_why(small):
    small.write(extra='pending = "not measured under five seeds yet"')
    outcome = run(small)
    assert (outcome.state, outcome.notes) == ("NOT RUN", ["not measured under five seeds yet"])
    assert small.runs() == 0


def test_folders_with_spaces(small, tmp_path):
    moved = tmp_path / "my data"
    small.root.rename(moved)
    one = read_reproductions(small.folder)["small"]
    (command,) = commands_of(one, moved, tmp_path / "my results")
    assert f"'{moved}/wikipedia'/score.py" in command
    assert reproduce(one, moved, tmp_path / "my results").state == "OK"


def test_what_evaluate_and_compare_leave_is_read(small, tmp_path):
    figures = [
        {"direction": "text->image", "measure": "mAP", "value": 0.2, "random": 0.1, "query_blind": None},
        {"direction": "image->text", "measure": "mAP", "value": 0.4, "random": 0.1, "query_blind": 0.2},
        {
            "direction": "image->text",
            "measure": "Success@10",
            "value": 0.7,
            "random": 0.05,
            "query_blind": None,
        },
    ]
    compare = {
        "protocol": "wiki",
        "floors": {"published": {"random": {"a": {"wiki": 0.1}, "b": {"wiki": 0.3}}}},
        "systems": [{"aligner": "CCA", "space": "projections", "distance": "cosine", "mean": 0.25}],
    }
    of_figures = [
        ("standard", "map_mean", 0.3),
        ("random", "map_i2t", 0.1),
        ("standard", "success_at_10_i2t", 0.7),
    ]
    of_systems = [("CCA/projections/cosine", "map_mean", 0.25), ("random", "map_mean", 0.2)]
    for reads, result, rows in (
        ("figures", {"figures": figures}, of_figures),
        ("systems", compare, of_systems),
    ):
        (small.data / "left.json").write_text(json.dumps(result))
        lines = ", ".join(f'{{ system = "{s}", measure = "{m}", value = {v} }}' for s, m, v in rows)
        (small.folder / "small.toml").write_text(
            'title = "t"\ndataset = "small"\nprotocol = "wiki"\nselection = "s"\ndata = ["wikipedia"]\n'
            f'commands = ["cp {{data}}/left.json {{result}}"]\nreads = "{reads}"\n'
            'systems = { "model" = "standard" }\n'
            f"[expected]\nrows = [{lines}]\n"
        )
        outcome = reproduce(read_reproductions(small.folder)["small"], small.root, tmp_path / reads)
        assert outcome.state == "OK", [str(one) for one in outcome.verdicts]


@pytest.mark.slow
@pytest.mark.data
def test_the_real_data_are_those_that_figures_come_from(shared_data):
    root = shared_data("wikipedia").parent
    for name in ("wikipedia", "pascal"):
        assert data_problems(read_reproductions()[name], root) == []


@pytest.mark.data
def test_the_real_features_with_one_number_altered_are_caught(shared_data, tmp_path):
    from scipy.io import loadmat, savemat

    source = shared_data("wikipedia")
    folder = tmp_path / "wikipedia"
    folder.mkdir()
    for path in source.glob("*.list"):
        (folder / path.name).write_bytes(path.read_bytes())
    matrices = {name: value for name, value in loadmat(source / "raw_features.mat").items() if name[0] != "_"}
    matrices["I_te"] = np.array(matrices["I_te"])
    matrices["I_te"][0, 0] += 0.5
    savemat(folder / "raw_features.mat", matrices)
    outcome = reproduce(read_reproductions()["wikipedia"], tmp_path, tmp_path / "out")
    assert outcome.state == "DATA DIFFER" and outcome.verdicts == []
