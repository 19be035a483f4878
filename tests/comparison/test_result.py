"""The grid: hand-sized answers, choices on folds alone, journals that resume, and reports that hold every part."""

import json
import os

import numpy as np
import pytest

from classicxm.alignment import CCA, PLSSVD, AlignerSearch, SemanticMatching
from classicxm.comparison import FeatureSet, Plan, load_comparison, run_comparison
from classicxm.comparison.journal import Journal
from classicxm.comparison.trials import answered_scores, training_folds
from classicxm.errors import DamagedFileError, UnpairedViewsError
from classicxm.evaluation import average_precision, class_relevance
from classicxm.reports import write_report
from classicxm.reports.comparison_details import confusion, curves
from classicxm.reports.comparison_tables import distances_table, published_table, summarise, systems_table
from classicxm.reports.tables import Strong, Table, latex_document
from classicxm.search import ExactIndex, HammingIndex

LABELS = ["sea", "sky", "sun"]


def data(seed=0, n_train=60, n_test=24):
    rng = np.random.default_rng(seed)
    column = np.arange(n_train + n_test) % 3
    shared = np.eye(3)[column] + 0.4 * rng.normal(size=(len(column), 3))
    views = {
        "image": shared @ rng.normal(size=(3, 6)) + 0.3 * rng.normal(size=(len(column), 6)),
        "text": shared @ rng.normal(size=(3, 4)) + 0.3 * rng.normal(size=(len(column), 4)),
    }
    labels = [LABELS[i] for i in column]
    parts = slice(None, n_train), slice(n_train, None)
    return (
        FeatureSet(*({m: X[part] for m, X in views.items()} for part in parts)),
        labels[:n_train],
        labels[n_train:],
    )


def searched(aligner, grid):
    return AlignerSearch(aligner, grid, average_precision, n_folds=3)


ALIGNERS = {
    "CCA": searched(CCA(), {"n_components": [1, 2, 3]}),
    "PLS": PLSSVD(3),
    "SM": searched(SemanticMatching(), {"C": [0.1, 1.0]}),
}
PLAN = Plan(("euclidean", "cosine", "kl"), n_folds=3)


@pytest.fixture(scope="module")
def comparison():
    features, train, test = data()
    return run_comparison({"made": features}, ALIGNERS, train, test, plan=PLAN)


@pytest.fixture(scope="module")
def report(comparison, tmp_path_factory):
    """The folder of a report, what it holds, and notes; queries show pictures and text that has to be escaped."""
    folder = tmp_path_factory.mktemp("report") / "R"
    records = [
        {"id": f"<{i}>", "image": np.zeros((8, 8, 3), np.uint8), "text": "a & b", "label": label}
        for i, label in enumerate(comparison.targets.test)
    ]
    return folder, *write_report(comparison, folder, "made", records, {"split": "own"})


def test_values_are_those_of_an_aligner_fitted_by_hand(comparison):
    features, _, test = data()
    chosen = comparison.trial("made", "CCA").facts["parameters"]
    projected = CCA(**chosen).fit(features.train).transform(features.test)
    norm = {m: X / np.linalg.norm(X, axis=1, keepdims=True) for m, X in projected.items()}
    scores = norm["image"] @ norm["text"].T
    relevant = class_relevance(test, test)
    expected = [average_precision(scores, relevant), average_precision(scores.T, relevant)]
    values = comparison.trial("made", "CCA").values["subspace"][0, 1, :, 0]
    np.testing.assert_allclose(values, expected)
    assert comparison.row("made", "CCA", "subspace")["cosine"] == pytest.approx(np.mean(expected))


def test_what_needs_non_negative_rows_is_marked_and_not_invented(comparison):
    row = comparison.row("made", "CCA", "subspace")
    assert np.isnan(row["kl"]) and not np.isnan(row["cosine"])
    assert "non-negative" in comparison.trial("made", "CCA").undefined["subspace/kl"]
    assert not np.isnan(comparison.row("made", "CCA", "posteriors")["kl"])


def test_components_that_are_posteriors_have_one_space(comparison):
    assert list(comparison.trial("made", "SM").views) == ["posteriors"]
    assert comparison.trial("made", "SM").facts["strengths"] == {}


def test_nothing_is_chosen_on_test_items(comparison):
    features, train, test = data()
    turned = FeatureSet(features.train, {m: X[::-1] * 3 for m, X in features.test.items()})
    aligners = {"CCA": ALIGNERS["CCA"]}
    other = run_comparison({"made": turned}, aligners, train, test, plan=PLAN)
    for a, b in zip(comparison.systems()[:1], other.systems(), strict=True):
        assert (a.name, a.fold_score) == (b.name, b.fold_score)
        assert a.trial.facts["parameters"] == b.trial.facts["parameters"]


@pytest.mark.slow
def test_a_finished_step_is_never_done_again(tmp_path, comparison):
    features, train, test = data()
    first = run_comparison(
        {"made": features}, {"CCA": ALIGNERS["CCA"]}, train, test, plan=PLAN, journal=tmp_path
    )
    kept = {name: os.stat(tmp_path / name).st_mtime_ns for name in os.listdir(tmp_path)}
    two = {name: ALIGNERS[name] for name in ("CCA", "SM")}
    again = run_comparison({"made": features}, two, train, test, plan=PLAN, journal=tmp_path, n_jobs=2)
    for name, written in kept.items():
        assert os.stat(tmp_path / name).st_mtime_ns == written
    assert len(os.listdir(tmp_path)) == len(kept) + 2
    for result in (first, again):
        np.testing.assert_array_equal(
            result.trial("made", "CCA").values["subspace"], comparison.trial("made", "CCA").values["subspace"]
        )
    assert distances_table(again).rows == [row for row in distances_table(comparison).rows if row[1] != "PLS"]


def test_a_damaged_step_is_done_again(tmp_path):
    journal = Journal(tmp_path)
    journal.recall("a", lambda: ({"n": 1}, {"X": np.ones(3)}))
    assert journal.recall("a", lambda: pytest.fail("was there"))[0] == {"n": 1}
    path = tmp_path / "a.npz"
    path.write_bytes(path.read_bytes()[:40])
    assert journal.recall("a", lambda: ({"n": 2}, {}))[0] == {"n": 2}
    assert os.listdir(tmp_path) == ["a.npz"]


def test_an_alignment_that_cannot_be_fitted_is_a_row_of_its_own():
    features, train, test = data()
    found = run_comparison({"made": features}, {"CCA": CCA(2), "wide": CCA(50)}, train, test, plan=PLAN)
    assert "n_components must be at most" in found.trial("made", "wide").error
    assert [system.trial.aligner for system in found.systems()] == ["CCA"]
    with pytest.raises(ValueError, match="no alignment could be fitted; the first failed with: n_components"):
        summarise(run_comparison({"made": features}, {"wide": CCA(50)}, train, test, plan=PLAN))


def test_without_labels_the_partner_is_relevant():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(40, 4))
    views = {"image": X, "text": X @ rng.normal(size=(4, 4))}
    features = FeatureSet({m: V[:30] for m, V in views.items()}, {m: V[30:] for m, V in views.items()})
    found = run_comparison({"made": features}, {"CCA": CCA(4, ridge=0.0)}, plan=PLAN)
    assert found.row("made", "CCA", "subspace")["cosine"] == 1.0
    assert list(found.floors["made"]) == ["random"] and list(found.trials[0].views) == ["subspace"]


def test_what_an_index_leaves_out_counts_as_last():
    relevant = np.array([[True, False, True, False]])
    scores = answered_scores(np.array([[3, 0, None, None]], dtype=object), relevant)
    assert np.argsort(-scores[0]).tolist() == [3, 0, 1, 2]
    assert average_precision(scores, relevant) == pytest.approx((1 / 2 + 2 / 4) / 2)


def test_indexes_stand_beside_the_exact_ranking():
    features, train, test = data()
    indexes = {"exact": None, "flat": ExactIndex(), "hamming": HammingIndex(n_bits=8)}
    plan = Plan(("cosine", "kl"), indexes, n_folds=3)
    found = run_comparison({"made": features}, {"CCA": CCA(3)}, train, test, plan=plan)
    exact, flat, hamming = (found.row("made", "CCA", "subspace", index)["cosine"] for index in indexes)
    assert exact == pytest.approx(flat) and hamming < exact
    assert "metric must be" in found.trials[0].undefined["posteriors/kl/hamming"]
    assert "HammingIndex" not in distances_table(found, "exact").note


def test_any_measure_follows_from_what_is_stored(tmp_path, comparison, report):
    stored = load_comparison(report[0])
    system, again = comparison.best(), stored.best()
    assert again.name == system.name
    np.testing.assert_allclose(stored.remeasured(again, "wiki"), comparison.per_query(system))
    assert stored.remeasured(again, "nDCG@5").shape == (2, comparison.n_test)
    np.testing.assert_allclose(
        stored.per_query(again, "P@10"), comparison.per_query(system, "P@10"), rtol=1e-6
    )
    with pytest.raises(FileNotFoundError, match="holds no report"):
        load_comparison(tmp_path)
    (tmp_path / "results.json").write_bytes((report[0] / "results.json").read_bytes())
    (tmp_path / "per_query.npz").write_bytes(b"not a file")
    with pytest.raises(DamagedFileError, match="is not a readable report"):
        load_comparison(tmp_path)


def test_the_report_has_every_part(report):
    folder, results, notes = report
    page = (folder / "report.html").read_text()
    for part in ("Systems", "Distances", "Published", "Precision and recall", "by class", "Confusion"):
        assert part in page
    for part in ("Best and worst queries", "Settings", "versions", "query-blind", "random", "scikit-learn"):
        assert part in page
    assert page.count("<svg") == 6 and page.count("data:image/jpeg;base64,") > 20
    assert "<script" not in page and "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "&lt;0&gt;" in page or "&lt;1&gt;" in page
    stored = json.loads((folder / "results.json").read_text())
    assert stored == json.loads(json.dumps(results)) and len(stored["systems"]) == 3
    assert sum(row["chosen"] for row in stored["rows"]) == 5
    drawn = {"precision-recall-image-to-text.svg", "distances.svg"}
    assert drawn <= set(os.listdir(folder / "plots"))
    assert notes or {name.replace("svg", "png") for name in drawn} <= set(os.listdir(folder / "plots"))
    assert not [name for name in os.listdir(folder) if name.startswith(".")]


def test_without_resvg_everything_else_is_written(tmp_path, comparison, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "resvg_py", None)
    _, notes = write_report(comparison, tmp_path / "R", "made")
    assert len(notes) == 1 and 'pip install "classicxm[plot]"' in notes[0]
    assert {path.suffix for path in (tmp_path / "R/plots").iterdir()} == {".svg"}
    assert sorted(os.listdir(tmp_path / "R")) == [
        "per_query.npz",
        "plots",
        "report.html",
        "results.json",
        "table.md",
        "table.tex",
    ]


def test_a_folder_of_something_else_is_left_alone(tmp_path, comparison):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match="exists and is not a report; choose another name"):
        write_report(comparison, tmp_path)


def test_marks_and_published_results(comparison):
    summary = summarise(comparison, "PLS")
    assert summary.baseline.startswith("made / PLS") and summary[summary.baseline]["mark"] == ""
    assert published_table(comparison, "wikipedia").rows
    nothing = published_table(comparison, "made")
    assert not nothing.rows and "No published results" in nothing.note
    assert [row[1] for row in systems_table(comparison, summary).rows] == [
        "random",
        "query-blind",
        "CCA",
        "PLS",
        "SM",
    ]
    with pytest.raises(ValueError, match="baseline must be one of CCA, PLS, SM, got 'KCCA'"):
        summarise(comparison, "KCCA")


def test_confusion_and_curves(comparison):
    names, table = confusion(comparison, comparison.best(), ("image", "text"))
    assert names == LABELS
    np.testing.assert_allclose(table.sum(axis=1), 1)
    assert (table.argmax(axis=1) == np.arange(3)).all()
    drawn = curves(comparison, [comparison.best()], ("text", "image"))
    assert list(drawn) == [comparison.best().name, "random"] and drawn["random"][1][0] == pytest.approx(1 / 3)


def test_tables_escape_what_they_hold():
    table = Table("50 % & more", ["a_b"], [[Strong("<x> | ▲")]], "note")
    assert r"\textbf{$<$x$>$ | $\bigtriangleup$}" in latex_document("t", [table])
    assert r"50 \% \& more" in latex_document("t", [table])
    assert "<b>&lt;x&gt; | ▲</b>" in table.to_html()
    assert r"**<x> \| ▲**" in table.to_markdown()


def test_folds_keep_shares_of_classes_where_they_can():
    for kept, held in training_folds(LABELS * 4, 12, 4):
        assert sorted(LABELS[i % 3] for i in held) == LABELS and len(kept) == 9
    assert len(training_folds([["sea", "sky"], ["sun"]] * 4, 8, 4)) == 4
    assert len(training_folds(["rare", *["sea"] * 7], 8, 4)) == 4


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (
            {"plan": Plan(("manhattan",))},
            ValueError,
            "unknown distance 'manhattan'; choose one of euclidean, cosine",
        ),
        ({"plan": Plan(())}, ValueError, "distances must be one or more"),
        ({"plan": Plan(protocol="trec")}, ValueError, "unknown protocol 'trec'; choose one of wiki, at50"),
        ({"plan": Plan(measures=("speed",))}, ValueError, "no measure 'speed'"),
        ({"plan": Plan(n_folds=1)}, ValueError, "n_folds must be an integer of at least 2"),
        ({"plan": Plan(n_folds=40)}, ValueError, "40 folds need at least 80 training items, got 60"),
        ({"train_labels": ["sea"] * 60}, ValueError, "training items have 1 class.*; at least 2 are needed"),
        ({"train_labels": ["sea"] * 59}, ValueError, r"train_labels must be one per item \(60\), got 59"),
        ({"test_labels": None}, ValueError, "labels of both training and test items, or of neither"),
        ({"aligners": {}}, ValueError, "at least one set of features and one aligner"),
        ({"features": {"raw": np.ones((3, 3))}}, TypeError, "features 'raw' must be a FeatureSet"),
    ],
)
def test_bad_input(change, error, words):
    features, train, test = data()
    asked = {
        "features": {"made": features},
        "aligners": {"CCA": CCA(2)},
        "train_labels": train,
        "test_labels": test,
    }
    with pytest.raises(error, match=words):
        run_comparison(**{**asked, **change})


def test_features_of_other_items_are_refused():
    features, train, test = data()
    fewer = FeatureSet(features.train, {m: X[:-1] for m, X in features.test.items()})
    with pytest.raises(UnpairedViewsError, match="all features must be of the same items"):
        run_comparison({"made": features, "fewer": fewer}, {"CCA": CCA(2)}, train, test)
    other = FeatureSet(features.train, {"image": features.test["image"], "audio": features.test["text"]})
    with pytest.raises(ValueError, match="views"):
        run_comparison({"other": other}, {"CCA": CCA(2)}, train, test)


def test_notebooks_and_pandas_see_the_systems(comparison):
    pytest.importorskip("pandas")
    page = comparison._repr_html_()
    assert page.count("<tr>") == 6 and "query-blind" in page and "<html" not in page
    frame = comparison.to_frame()
    assert frame["aligner"].tolist() == ["CCA", "PLS", "SM"] and frame.notna().all().all()
    summary = summarise(comparison)
    for row, found in zip(frame.itertuples(), summary.values(), strict=True):
        assert row.folds == found["system"].fold_score
    column = f"{comparison.measures[0]} image->text"
    assert frame[column].tolist() == [found["directions"]["image→text"] for found in summary.values()]
