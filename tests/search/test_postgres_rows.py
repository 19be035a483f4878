"""Rows go to PostgreSQL by COPY, and their columns come back as they were."""

import contextlib
from types import SimpleNamespace

import numpy as np
import pytest

from classicxm.search.postgres_rows import arrays_of, copy_rows, jsonb_of, numbers_of, objects_of


class Copying:
    """A connection of which the rows and the request are kept."""

    def __init__(self):
        self.rows = []

    def cursor(self):
        return self

    @contextlib.contextmanager
    def copy(self, text):
        self.text = text
        yield self

    def set_types(self, types):
        self.types = types

    def write_row(self, row):
        self.rows.append(row)


def test_rows_are_copied_in_their_order():
    pytest.importorskip("psycopg")
    connection = Copying()
    copy_rows(connection, '"items"', [("7", True), ("a", False)], np.eye(2), [{}, {"n": {"text": ["x"]}}])
    assert connection.text.startswith('COPY "items" (id, whole, embedding, facets)')
    assert len(connection.types) == 4
    assert [row[:2] for row in connection.rows] == [("7", True), ("a", False)]
    assert connection.rows[1][2].tolist() == [0, 1]
    assert connection.rows[1][3].obj == {"n": {"text": ["x"]}}


def test_rows_of_unequal_numbers_are_refused():
    pytest.importorskip("psycopg")
    with pytest.raises(ValueError, match="shorter"):
        copy_rows(Copying(), '"items"', [("7", True), ("a", False)], np.eye(2), [{}])


def test_what_a_text_of_postgresql_cannot_hold_is_replaced_in_facets():
    pytest.importorskip("psycopg")
    stored = jsonb_of({"a\0": {"text": ["\ud800b", "é"]}})
    assert stored.obj == {"a\uffff": {"text": ["\uffffb", "é"]}}


@pytest.mark.parametrize("stored", [[1, 2], SimpleNamespace(to_numpy=lambda: np.array([1.0, 2.0]))])
def test_vectors_come_back_in_single_precision(stored):
    found = numbers_of(stored)
    assert found.dtype == np.float32 and found.tolist() == [1, 2]


def test_ids_are_two_columns_and_one_array_of_anything():
    assert arrays_of([]) == [[], []]
    assert objects_of(["a", 7]).tolist() == ["a", 7] and objects_of([]).shape == (0,)
