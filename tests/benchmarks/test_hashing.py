"""The hashing benchmark on small views: what it chooses by, and what its rows say."""

import numpy as np
import pytest
from sklearn.base import clone

from benchmarks import hashing
from classicxm.evaluation import class_relevance
from classicxm.hashing import CMFH, DLFH, SCMHash
from tests.alignment.conftest import class_views


@pytest.fixture
def parts():
    views, y = class_views(n=150)
    train, test = ({m: X[rows] for m, X in views.items()} for rows in (slice(90), slice(90, None)))
    return train, test, y[:90], class_relevance(y[90:], y[:90])


def test_every_system_of_the_table_is_there():
    wanted = {"SCM-seq", "SCM-orth", "CVH", "CCA-ITQ", "CMFH", "IMH", "class-code", "DLFH"}
    assert wanted <= set(hashing.SYSTEMS)
    assert hashing.SYSTEMS["CMFH"].databases == ("shared", "one view")


def test_rows_of_a_system_say_how_the_database_is_coded(parts):
    train, test, labels, relevant = parts
    system = hashing.System(CMFH(8), ("shared", "one view"))
    hasher = system.hasher.fit(train, labels)
    coded = hashing.coded_precisions(system, hasher, train, test, relevant)
    rows = list(hashing.system_rows("CMFH", coded, {}, bits=8))
    assert [(row["measure"], row["settings"]["database"]) for row in rows] == [
        ("map_i2t", "shared"),
        ("map_t2i", "shared"),
        ("map_i2t", "one view"),
        ("map_t2i", "one view"),
    ]
    codes = hasher.transform_view("image", test["image"])
    distances = (codes[:, None] != hasher.codes_["text"][None]).sum(axis=2)
    expected = []
    for row, hits in zip(np.argsort(distances, axis=1, kind="stable"), relevant, strict=True):
        ranks = np.flatnonzero(hits[row]) + 1
        expected.append(np.mean(np.arange(1, len(ranks) + 1) / ranks))
    assert rows[0]["value"] == pytest.approx(np.mean(expected))
    assert rows[0]["low"] < rows[0]["value"] < rows[0]["high"]
    assert all(row["settings"]["bits"] == 8 for row in rows)


def test_a_hash_that_learns_from_labels_is_compared_with_the_code_of_the_predicted_class(parts):
    train, test, labels, relevant = parts
    known, rows = {}, []
    for name in ("class-code", "DLFH"):
        system = hashing.System(clone(hashing.SYSTEMS[name].hasher).set_params(n_bits=8), ("labels",))
        if name == "DLFH":
            system.hasher.set_params(kernel="linear")
        hasher = system.hasher.fit(train, labels)
        coded = hashing.coded_precisions(system, hasher, train, test, relevant)
        rows += hashing.system_rows(name, coded, known)
    value = {(row["system"], row["measure"]): row["value"] for row in rows}
    expected = value["DLFH", "map_i2t"] - value["class-code", "map_i2t"]
    assert value["DLFH", "map_i2t_over_class-code"] == pytest.approx(expected)


def test_floors(parts):
    train, _, labels, relevant = parts
    rows = list(hashing.floors(train, labels, relevant))
    assert [row["system"] for row in rows] == ["random"] * 2 + ["query-blind"] * 4
    assert all(0.3 < row["value"] < 0.5 for row in rows[:2])


def test_settings_are_chosen_for_each_view_where_the_database_does_not_depend_on_it(parts):
    train, _, labels, _ = parts
    system = hashing.System(DLFH(kernel="linear"), ("labels",), grid={"ridge": (1.0, 1e6)})
    params, told = hashing.chosen(system, train, labels)
    assert set(params) == {"ridge"} and set(params["ridge"]) == {"image", "text"}
    assert told["chosen_by"] == "3-fold mAP on train at 32 bits" and 0.5 < told["fold_map"] <= 1
    system = hashing.System(SCMHash(), grid={"scatter_ridge": (1e-6, 1e-3)})
    params, _ = hashing.chosen(system, train, labels)
    assert params["scatter_ridge"] in (1e-6, 1e-3)
