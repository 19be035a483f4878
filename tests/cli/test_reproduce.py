"""``classicxm reproduce`` as it is typed."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from classicxm.cli import main
from tests.reproductions.conftest import small

__all__ = ["small"]


def run(small, *arguments):
    where = ["--from", small.folder, "--data", small.root, "-o", small.output]
    return CliRunner().invoke(main, ["reproduce", *map(str, arguments), *map(str, where)])


def test_list_dry_run_and_commands_run_nothing(small):
    answer = run(small, "--list")
    assert answer.exit_code == 0 and "small" in answer.output and "to be run" in answer.output
    answer = run(small, "small", "--dry-run")
    assert answer.exit_code == 0 and "small: to be run, about 1 s" in answer.output
    answer = run(small, "--all", "--commands")
    assert f"python {small.data}/score.py {small.data} {small.output}/small/result.json" in answer.output
    assert small.runs() == 0 and not small.output.exists()


def test_all_prints_every_row_and_writes_the_matrix(small):
    answer = run(small, "--all", "--json", small.root / "verdicts.json")
    assert answer.exit_code == 0, answer.output
    assert "small: OK (" in answer.output
    assert "small: A (bits=1) map_mean OK\nsmall: A (bits=2) map_mean OK\n" in answer.output
    assert "1 OK; 2 of 2 rows OK" in answer.output
    page, text = ((small.output / f"matrix.{kind}").read_text() for kind in ("html", "md"))
    for wanted in ("A (bits=1)", "nothing is chosen", "score.py", "map_mean"):
        assert wanted in page and wanted in text
    saved = json.loads((small.root / "verdicts.json").read_text())
    assert saved["small"]["rows"][0]["verdict"] == "OK" and saved["small"]["rows"][0]["found"] == small.value
    answer = run(small, "--all")
    assert "done earlier" in answer.output and small.runs() == 1


def test_a_failure_ends_with_1(small):
    small.write(value=0.9)
    answer = run(small, "small")
    assert (
        answer.exit_code == 1
        and f"FAILED expected .9000 got {small.value:.4f}".replace("0.", ".") in answer.output
    )


def test_altered_data_print_no_score(small):
    small.matrices["I_te"][0, 0] += 1
    small.save()
    for arguments in (["small"], ["--all"], ["small", "--dry-run"]):
        answer = run(small, *arguments)
        assert answer.exit_code == 1 and "DATA DIFFER" in answer.output and "map_mean" not in answer.output
    assert small.runs() == 0


def test_missing_data_are_no_failure_of_all_but_of_a_name(small):
    small.data.rename(small.root / "elsewhere")
    assert run(small, "--all").exit_code == 0
    answer = run(small, "small")
    assert (
        answer.exit_code == 1
        and "NO DATA" in answer.output
        and "classicxm data get wikipedia" in answer.output
    )


def test_a_name_that_is_not_run_ends_with_1_and_all_of_them_do_not(small):
    small.write(extra='pending = "to be measured"')
    assert run(small, "--all").exit_code == 0
    answer = run(small, "small")
    assert (
        answer.exit_code == 1
        and "small: NOT RUN" in answer.output
        and "small: to be measured" in answer.output
    )


@pytest.mark.slow
def test_embeddings_get_their_row_in_the_matrix(small, tmp_path):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "clip.npz", image=rng.random((26, 5)), text=rng.random((26, 5)))
    answer = run(small, "small", "--embeddings", f"clip={tmp_path / 'clip.npz'}")
    assert answer.exit_code == 0, answer.output
    assert "small: clip/cosine map_mean ." in answer.output and small.runs() == 0
    assert "clip/cosine" in (small.output / "matrix.md").read_text()
    small.matrices["I_te"][0, 0] += 1
    small.save()
    refused = run(small, "small", "--embeddings", f"clip={tmp_path / 'clip.npz'}")
    assert refused.exit_code == 2 and "DATA DIFFER" in refused.stderr and "map_mean" not in refused.output
    small.matrices["I_te"][0, 0] -= 1
    small.save()
    small.write()
    run(small, "small")
    assert "clip/cosine" in (small.output / "matrix.html").read_text(), "it stays there"


def test_errors_are_one_line(small):
    answer = run(small, "large")
    assert answer.exit_code == 2 and answer.stderr == "classicxm: no reproduction 'large'; there are small\n"
    assert "; did you mean 'small'?" in run(small, "smalls").stderr
    assert run(small).exit_code == 2
    answer = run(small, "small", "--embeddings", "clip=/none.npz")
    assert answer.exit_code == 2 and answer.stderr.count("\n") == 1


def test_what_comes_along():
    answer = CliRunner().invoke(main, ["reproduce", "--headline"])
    assert answer.exit_code == 0 and "KRR-chi2-dot" in answer.output
    answer = CliRunner().invoke(main, ["reproduce", "--list", "--data", "/none"])
    assert answer.exit_code == 0 and "NO DATA" in answer.output and "wikipedia" in answer.output
    assert "ESC-50: published figures; published figures only" in answer.output
