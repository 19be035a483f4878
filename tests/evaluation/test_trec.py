"""TREC files: agreement with trec_eval on what was written and read back, and one line for bad lines."""

import os

import numpy as np
import pytest

from classicxm.errors import CollectionError
from classicxm.evaluation import evaluate, read_qrels, read_run, run_matrices, write_qrels, write_run

OWN = {
    "AP": "trec",
    "nDCG": "nDCG(trec)",
    "nDCG@5": "nDCG@5(trec)",
    "P@5": "P@5(trec)",
    "P@10": "P@10(trec)",
    "RR": "RR(trec)",
}


def random_case(random):
    """Graded relevance and tied scores of a few queries; trec_eval leaves out queries without a relevant item."""
    n_queries, n_items = 3, int(random.integers(1, 41))
    grades = random.integers(0, 4, (n_queries, n_items)) * (random.random((n_queries, n_items)) < 0.4)
    grades[:, random.integers(n_items)] = 1
    scores = random.integers(-3, random.integers(1, 12), (n_queries, n_items)) / 3
    return (
        scores,
        grades,
        [f"q{i}" for i in range(n_queries)],
        [f"d{i}" for i in random.permutation(200)[:n_items]],
    )


def test_two_hundred_written_runs_measure_as_trec_eval_measures_them(tmp_path):
    ir_measures = pytest.importorskip("ir_measures", reason="needs ir_measures with pytrec_eval")
    pytest.importorskip("pytrec_eval", reason="needs ir_measures with pytrec_eval")
    parsed = [ir_measures.parse_measure(name) for name in OWN]
    random = np.random.default_rng(1)
    run_path, qrels_path = tmp_path / "a.run", tmp_path / "a.qrels"
    n_tied = n_values = 0
    for _ in range(200):
        scores, grades, queries, items = random_case(random)
        n_tied += sum(len(np.unique(row)) < len(row) for row in scores)
        write_run(run_path, scores, queries, items)
        write_qrels(qrels_path, grades, queries, items)
        theirs = ir_measures.iter_calc(
            parsed, ir_measures.read_trec_qrels(str(qrels_path)), ir_measures.read_trec_run(str(run_path))
        )
        matrices = run_matrices(read_run(run_path), read_qrels(qrels_path))
        own = evaluate(*matrices[:2], list(OWN.values()), ids=matrices[3])
        in_memory = evaluate(scores, grades, list(OWN.values()), ids=items)
        for metric in theirs:
            name = OWN[str(metric.measure)]
            value = own[name][matrices[2].index(metric.query_id)]
            assert value == pytest.approx(metric.value, abs=1e-9), (metric, scores, grades)
            assert value == pytest.approx(in_memory[name][queries.index(metric.query_id)], abs=1e-12)
            n_values += 1
    assert n_tied > 300 and n_values == 200 * 3 * len(OWN)


def test_what_was_written_is_read_back(tmp_path):
    random = np.random.default_rng(0)
    scores, grades, queries, items = (
        random.normal(size=(2, 9)),
        random.integers(0, 3, (2, 9)),
        ["é", "2"],
        range(9),
    )
    write_run(tmp_path / "run", scores, queries, items)
    write_qrels(tmp_path / "qrels", grades, queries, items)
    run, qrels = read_run(tmp_path / "run"), read_qrels(tmp_path / "qrels")
    assert run == {
        q: {str(i): s for i, s in sorted(enumerate(row), key=lambda x: -x[1])}
        for q, row in zip(queries, scores.tolist(), strict=True)
    }
    assert qrels == {
        q: {str(i): g for i, g in enumerate(row) if g}
        for q, row in zip(queries, grades.tolist(), strict=True)
    }
    again, relevant, names, columns = run_matrices(run, qrels, item_ids=[str(i) for i in range(9)])
    assert names == queries and columns == list("012345678")
    np.testing.assert_array_equal(again, scores)
    np.testing.assert_array_equal(relevant, grades)


def test_ranks_follow_trec_eval_under_ties_and_depth_cuts(tmp_path):
    # 1 + 1e-12 equals 1 in single precision, so the id decides: descending.
    write_run(tmp_path / "run", [[1 + 1e-12, 1, 2, 0]], ["q"], ["a", "b", "c", "d"], depth=3, tag="mine")
    lines = [line.split() for line in (tmp_path / "run").read_text().splitlines()]
    assert [(line[2], line[3], line[5]) for line in lines] == [
        ("c", "1", "mine"),
        ("b", "2", "mine"),
        ("a", "3", "mine"),
    ]
    scores, _, _, items = run_matrices(read_run(tmp_path / "run"), {"q": {"d": 1}})
    assert items == ["c", "b", "a", "d"] and scores[0, 3] == -np.inf


def test_negative_judgements_and_lonely_queries_count_as_in_trec_eval():
    run = {"a": {"x": 1.0, "y": 2.0}, "b": {"x": 1.0}, "c": {"x": 1.0}}
    _, relevant, queries, items = run_matrices(run, {"a": {"x": 1, "y": -1}, "b": {"x": 0}, "d": {"x": 1}})
    assert queries == ["a"] and items == ["x", "y"]
    np.testing.assert_array_equal(relevant, [[1, 0]])
    with pytest.raises(ValueError, match="query 'a' has the item 'y', which is not among item_ids"):
        run_matrices(run, {"a": {"x": 1}}, item_ids=["x"])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("q Q0 d 1 0.5", "line 2 has 5 fields, expected 'query Q0 item rank score tag'"),
        ("q Q0 d 1 0.5 tag more", "line 2 has 7 fields"),
        ("q Q0 d 1 high tag", "line 2 has the score 'high', expected a number"),
        ("q Q0 d 1 nan tag", "line 2 has the score 'nan'"),
        ("q Q0 a 2 0.5 tag", "line 2 repeats item 'a' of query 'q'"),
    ],
)
def test_bad_lines_of_a_run(tmp_path, line, message):
    path = tmp_path / "bad.run"
    path.write_text(f"q Q0 a 1 1.5 tag\n{line}\n")
    with pytest.raises(CollectionError, match=message) as caught:
        read_run(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("q 0 d", "line 3 has 3 fields, expected 'query iteration item relevance'"),
        ("q 0 d 0.5", "line 3 has the relevance '0.5', expected a number"),
        ("q 0 a 0", "line 3 repeats item 'a' of query 'q'"),
    ],
)
def test_bad_lines_of_judgements(tmp_path, line, message):
    path = tmp_path / "bad.qrels"
    path.write_text(f"q 0 a 1\n\n{line}")
    with pytest.raises(CollectionError, match=message):
        read_qrels(path)


def test_files_that_hold_nothing(tmp_path):
    (tmp_path / "empty").write_text(" \n")
    with pytest.raises(CollectionError, match="is empty, expected lines of"):
        read_run(tmp_path / "empty")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(CollectionError, match="is not UTF-8 text"):
        read_qrels(tmp_path / "binary")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scores": [[1, np.nan]]}, "scores must be finite, got nan for query 'q', item 'b'"),
        (
            {"scores": [[1]]},
            r"scores must be \(n_queries, n_items\), got shape \(1, 1\) for 1 query ids and 2 item ids",
        ),
        (
            {"item_ids": ["a", "b c"]},
            "item ids must have no white space, which separates the fields of a line, got 'b c'",
        ),
        ({"query_ids": [""]}, "query ids must have no white space"),
        ({"item_ids": ["a", "a"]}, "item ids must be unique, got 'a' more than once"),
        ({"tag": "my run"}, "tag must have no white space"),
        ({"depth": 0}, "depth must be None or an integer of at least 1, got 0"),
    ],
)
def test_bad_runs_are_not_written(tmp_path, change, message):
    given = {"scores": [[1, 2]], "query_ids": ["q"], "item_ids": ["a", "b"]} | change
    with pytest.raises(ValueError, match=message):
        write_run(tmp_path / "run", **given)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"item_ids": {"a", "b"}}, "item ids must be a sequence in order, got set"),
        ({"item_ids": "ab"}, "item ids must be a sequence of item ids, got str"),
        ({"item_ids": ["a", None]}, "item ids must be str or int, got None"),
        ({"item_ids": [1, True]}, "item ids must be str or int, got True"),
        ({"query_ids": [1.5]}, "query ids must be str or int, got 1.5"),
        ({"tag": None}, "tag must be str or int, got None"),
    ],
)
def test_names_without_order_or_of_another_kind_are_not_written(tmp_path, change, message):
    given = {"scores": [[1, 2]], "query_ids": ["q"], "item_ids": ["a", "b"]} | change
    with pytest.raises(TypeError, match=message):
        write_run(tmp_path / "run", **given)
    assert not (tmp_path / "run").exists()


def test_numpy_numbers_are_names_and_depths(tmp_path):
    write_run(tmp_path / "run", [[1, 2]], np.array([7]), np.array([1, 2]), depth=np.int64(1), tag=3)
    assert (tmp_path / "run").read_text() == "7 Q0 2 1 2.0 3\n"


def test_files_that_were_joined_have_their_marks_between_them(tmp_path):
    (tmp_path / "run").write_bytes("\ufeffq Q0 a 1 2 me\n\ufeffq Q0 b 2 1 me\n".encode())
    assert read_run(tmp_path / "run") == {"q": {"a": 2.0, "b": 1.0}}


@pytest.mark.parametrize(
    ("run", "qrels", "item_ids", "message"),
    [
        (
            {"q": {"a": None}},
            {"q": {"a": 1}},
            None,
            "run of query 'q' has None for 'a', expected a finite number",
        ),
        ({"q": {"a": "1"}}, {"q": {"a": 1}}, None, "run of query 'q' has '1' for 'a'"),
        ({"q": {"a": -np.inf}}, {"q": {"a": 1}}, None, "run of query 'q' has -inf for 'a'"),
        ({"q": {"a": 1}}, {"q": {"a": 1, "b": np.nan}}, None, "qrels of query 'q' has nan for 'b'"),
        (
            {"q": {"e\u0301": 1, "\xe9": 2}},
            {"q": {"\xe9": 1}},
            None,
            "run of query 'q' has '\xe9' more than once",
        ),
        ({"e\u0301": {}, "\xe9": {}}, {}, None, "run has '\xe9' more than once"),
        ({"q": {"a": 1}}, {"q": {"a": 1}}, ["a", "a"], "item_ids must be unique, got 'a' more than once"),
    ],
)
def test_runs_of_callers_are_checked(run, qrels, item_ids, message):
    with pytest.raises(ValueError, match=message):
        run_matrices(run, qrels, item_ids)


def test_containers_of_callers_have_order_and_names():
    with pytest.raises(TypeError, match="run of query 'q' must be a dict of items, got list"):
        run_matrices({"q": ["a"]}, {"q": {"a": 1}})
    with pytest.raises(TypeError, match="item_ids must be a sequence in order, got set"):
        run_matrices({"q": {"a": 1}}, {"q": {"a": 1}}, {"a"})
    _, relevant, queries, _ = run_matrices({"e\u0301": {"a": 1.0}}, {"\xe9": {"a": True}})
    assert queries == ["\xe9"] and relevant.tolist() == [[1]]


def test_bad_judgements_are_not_written(tmp_path):
    with pytest.raises(ValueError, match="that a float holds"):
        write_qrels(tmp_path / "qrels", [[2**60]], ["q"], ["a"])
    with pytest.raises(ValueError, match="bool or whole numbers of at least 0"):
        write_qrels(tmp_path / "qrels", [[0.5]], ["q"], ["a"])
    with pytest.raises(TypeError, match="relevant must be numbers"):
        write_qrels(tmp_path / "qrels", [["yes"]], ["q"], ["a"])


#: One query, gallery a b c d with scores 2 1 1 1, relevant a (grade 1) and d (grade 2): ranks of d are 4, 2, 4, 2, and
#: 2, 3 or 4 with equal chance under "average".
TIED = {
    "gallery_order": {
        "AP": (1 + 2 / 4) / 2,
        "P@2": 1 / 2,
        "RR": 1,
        "nDCG": (1 + 2 / np.log2(5)) / (2 + 1 / np.log2(3)),
    },
    "optimistic": {"AP": 1, "P@2": 1, "RR": 1, "nDCG": (1 + 2 / np.log2(3)) / (2 + 1 / np.log2(3))},
    "pessimistic": {
        "AP": (1 + 2 / 4) / 2,
        "P@2": 1 / 2,
        "RR": 1,
        "nDCG": (1 + 2 / np.log2(5)) / (2 + 1 / np.log2(3)),
    },
    "trec": {"AP": 1, "P@2": 1, "RR": 1, "nDCG": (1 + 2 / np.log2(3)) / (2 + 1 / np.log2(3))},
    "average": {
        "AP": (1 + (2 / 2 + 2 / 3 + 2 / 4) / 3) / 2,
        "P@2": (1 + 1 / 3) / 2,
        "RR": 1,
        "nDCG": (1 + 2 / 3 * (1 / np.log2(3) + 1 / np.log2(4) + 1 / np.log2(5))) / (2 + 1 / np.log2(3)),
    },
}


@pytest.mark.parametrize("policy", TIED)
def test_every_policy_gives_its_hand_worked_table(policy):
    found = evaluate(
        [[2, 1, 1, 1]], [[1, 0, 0, 2]], list(TIED[policy]), ties=policy, ids=["a", "b", "c", "d"]
    )
    for name, value in TIED[policy].items():
        assert found[name] == pytest.approx(value), name


def test_byte_order_marks_and_forms_of_letters_are_no_part_of_ids(tmp_path):
    run, qrels = tmp_path / "a.run", tmp_path / "a.qrels"
    run.write_bytes("\ufeffq1 Q0 cafe\u0301\u00a0x 1 2.5 me\r\nq1\tQ0  b 2 1e0 me\r\n".encode())
    qrels.write_bytes("\ufeffq1 0 café\u00a0x 1\n".encode())
    assert read_run(run) == {"q1": {"café\u00a0x": 2.5, "b": 1.0}}
    scores, relevant, queries, items = run_matrices(
        read_run(run), read_qrels(qrels), ["b", "cafe\u0301\u00a0x"]
    )
    assert (queries, items) == (["q1"], ["b", "cafe\u0301\u00a0x"])
    assert scores.tolist() == [[1.0, 2.5]] and relevant.tolist() == [[0, 1]]


@pytest.mark.parametrize("number", ["1_0", "inf", "nan", "0x1", "１", "1e999"])
def test_numbers_that_only_python_reads(tmp_path, number):
    (tmp_path / "a").write_text(f"q1 Q0 a 1 {number} me\n", encoding="utf-8")
    with pytest.raises(CollectionError, match=f"line 1 has the score '{number}', expected a number"):
        read_run(tmp_path / "a")
    (tmp_path / "a").write_text(f"q1 0 a {number}\n", encoding="utf-8")
    with pytest.raises(CollectionError, match=f"line 1 has the relevance '{number}', expected a number"):
        read_qrels(tmp_path / "a")


def test_trec_files_are_read_within_bounds(tmp_path):
    (tmp_path / "long").write_bytes(b"q1 Q0 " + b"a" * 200_000 + b" 1 1 me\n")
    with pytest.raises(CollectionError, match="line 1 is over 100000 bytes"):
        read_run(tmp_path / "long")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CollectionError, match="is no regular file"):
        read_run(tmp_path / "pipe")
