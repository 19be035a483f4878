"""Embeddings in tables: every way that ids and vectors are written in csv and parquet."""

import csv
from decimal import Decimal

import numpy as np
import pytest

from classicxm.datasets import load_embeddings
from classicxm.datasets.embedding_tables import read_csv_arrays
from classicxm.datasets.embeddings import embedded_modalities
from classicxm.errors import CollectionError, UnpairedViewsError

IDS = ["b", "a", "ü"]
VECTORS = np.array([[1.0, 2.0], [3.0, 4.5], [-5.0, 1e-3]], np.float32)


def write_csv(path, names, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])
    return path


@pytest.mark.parametrize("name", ["id", "ids", "filename", "Path", "image", "image_id"])
def test_a_column_per_number(tmp_path, name):
    path = write_csv(
        tmp_path / "clip.csv", [name, "0", "1"], [[key, *row] for key, row in zip(IDS, VECTORS, strict=True)]
    )
    assert load_embeddings(path, ["ü", "b"], "image") == pytest.approx(VECTORS[[2, 0]])


@pytest.mark.parametrize("written", [str, lambda row: str(list(map(float, row)))])
def test_a_cell_per_vector(tmp_path, written):
    path = write_csv(
        tmp_path / "clip.csv",
        ["id", "embedding"],
        [[key, written(row)] for key, row in zip(IDS, VECTORS, strict=True)],
    )
    assert load_embeddings(path, ["a"], "text") == pytest.approx(VECTORS[[1]])


def test_ids_of_digits_stay_ids(tmp_path):
    path = write_csv(tmp_path / "clip.csv", ["id", "v0", "v1"], [["007", 1, 2], ["8", 3, 4]])
    assert load_embeddings(path, ["8", "007"]).tolist() == [[3, 4], [1, 2]]


def test_rows_of_several_modalities_of_different_widths(tmp_path):
    rows = [["text", "a", "{}", 1, 2, 3], ["image", "a", "{}", 4, 5], ["image", "b", "{}", 6, 7]]
    path = write_csv(tmp_path / "all.csv", ["modality", "id", "payload", "v0", "v1", "v2"], rows)
    assert embedded_modalities(path, ("text", "image", "audio")) == ["text", "image"]
    assert load_embeddings(path, ["b", "a"], "image").tolist() == [[6, 7], [4, 5]]
    assert load_embeddings(path, ["a"], "text").tolist() == [[1, 2, 3]]


def test_the_shorter_modality_may_come_first(tmp_path):
    rows = [["image", "a", "{}", 4, 5, ""], ["text", "a", "{}", 1, 2, 3]]
    path = write_csv(tmp_path / "all.csv", ["modality", "id", "payload", "v0", "v1", "v2"], rows)
    assert load_embeddings(path, ["a"], "image").tolist() == [[4, 5]]
    assert load_embeddings(path, ["a"], "text").tolist() == [[1, 2, 3]]


BESIDE = {
    "label": [7, 8],
    "split": [0, 1],
    "Unnamed: 0": [0, 1],
    "": [0, 1],
    "index": [5, 6],
    "__index_level_0__": [5, 6],
}


@pytest.mark.parametrize("name", BESIDE)
def test_labels_splits_and_numbers_of_rows_are_no_part_of_a_vector(tmp_path, name):
    rows = [[n, key, *row] for n, key, row in zip(BESIDE[name], "ab", ((1, 2), (3, 4)), strict=True)]
    path = write_csv(tmp_path / "clip.csv", [name, "id", "v0", "v1"], rows)
    assert load_embeddings(path, ["b", "a"]).tolist() == [[3, 4], [1, 2]]
    rows = [[n, key, str(row)] for n, key, row in zip(BESIDE[name], "ab", ([1, 2], [3, 4]), strict=True)]
    path = write_csv(tmp_path / "lists.csv", [name, "id", "vector"], rows)
    assert load_embeddings(path, ["b", "a"]).tolist() == [[3, 4], [1, 2]]


def test_numbers_beside_lists_are_no_vector(tmp_path):
    rows = [["a", 640, 480, "[1, 2]"], ["b", 800, 600, "[3, 4]"]]
    path = write_csv(tmp_path / "clip.csv", ["id", "width", "height", "vector"], rows)
    assert load_embeddings(path, ["b", "a"]).tolist() == [[3, 4], [1, 2]]


def test_numbered_columns_of_two_modalities_are_two_matrices(tmp_path):
    names = ["id", "img_0", "img_1", "text_0", "text_1"]
    path = write_csv(tmp_path / "clip.csv", names, [["a", 1, 2, 3, 4], ["b", 5, 6, 7, 8]])
    assert load_embeddings(path, ["b"], "image").tolist() == [[5, 6]]
    assert load_embeddings(path, ["b"], "text").tolist() == [[7, 8]]
    with pytest.raises(CollectionError, match="must hold"):
        load_embeddings(path, ["b"], "audio")


@pytest.mark.parametrize("name", ["image", "photo", "file_name"])
def test_ids_may_be_numbers_of_files(tmp_path, name):
    path = write_csv(tmp_path / "clip.csv", [name, "v0", "v1"], [["7", 1, 2], ["8", 3, 4]])
    assert load_embeddings(path, ["8", "7"]).tolist() == [[3, 4], [1, 2]]


def test_cells_of_parquet_files_by_their_kind(tmp_path):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")

    def read(**columns):
        pandas.DataFrame(columns).to_parquet(tmp_path / "clip.parquet")
        return load_embeddings(tmp_path / "clip.parquet", ["b", "a"]).tolist()

    v0, v1 = [1.0, 2.0], [3.0, 4.0]
    assert read(id=[b"a", b"b"], v0=v0, v1=v1) == [[2, 4], [1, 3]]
    assert read(id=["a", "b"], label=[7, 8], v0=v0, v1=v1) == [[2, 4], [1, 3]]
    assert read(id=["a", "b"], v0=[Decimal("1.5"), Decimal(2)], v1=v1) == [[2, 4], [1.5, 3]]
    for columns, message in (
        ({"v0": [None, 2.0], "v1": v1}, "first the row of 'a'"),
        ({"v": [None, [1.0, 2.0]]}, "column 'v' has no vector in row 1"),
        ({"v": [[1.0, 2.0], None]}, "column 'v' has no vector in row 2"),
        ({"ok": [True, False], "v0": v0, "v1": v1}, "column 'ok' has numbers and is not numbered"),
    ):
        with pytest.raises(CollectionError, match=message):
            read(id=["a", "b"], **columns)


@pytest.mark.parametrize("column", ["vectors", "embedding"])
def test_parquet(tmp_path, column):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    pandas.DataFrame({"id": IDS, column: list(VECTORS)}).to_parquet(tmp_path / "clip.parquet")
    assert load_embeddings(tmp_path / "clip.parquet", ["a", "b"], "image") == pytest.approx(VECTORS[[1, 0]])
    wide = pandas.DataFrame(VECTORS, columns=["x", "y"]).assign(filename=IDS)
    wide.to_parquet(tmp_path / "wide.parquet")
    assert load_embeddings(tmp_path / "wide.parquet", IDS) == pytest.approx(VECTORS)
    both = pandas.DataFrame({"key": IDS, "image_embeds": list(VECTORS), "text_embeds": list(VECTORS + 1)})
    both.to_parquet(tmp_path / "both.parquet")
    assert embedded_modalities(tmp_path / "both.parquet", ("image", "text")) == ["image", "text"]
    assert load_embeddings(tmp_path / "both.parquet", ["ü"], "text") == pytest.approx(VECTORS[[2]] + 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1,2\n3,4\n", "the first row holds numbers; name the columns there"),
        ("id,v\n", "has no rows"),
        ("id,v\na,1\nb\n", "line 3 has 1 cells, expected 2"),
        ("id,v\na,1\nb,x\n", "line 3, column 'v': 'x' is no number"),
        ("id,v,v\na,1,2\n", "two columns have the same name"),
        ('id,v\na,"[1, 2]"\nb,[1]\n', "column 'v' has vectors of 1 and of 2 numbers"),
        ("id,v\na,1\nb,\n", "1 of 2 rows have NaN or infinity, first the row of 'b'"),
        ("word,v0,v1\na,1,2\nb,2,1\n", "'word' has a text for each of the 2 rows"),
        ("id,v0,v1\na,1,2\nb,1_0,4\n", "line 3, column 'v0': '1_0' is no number"),
        ("id,v0,v1\na,1,2\nb,\u0663,4\n", "line 3, column 'v0': '\u0663' is no number"),
        ("id,v0,v1\na,1_0,2\nb,1,4\n", "column 'v0' has numbers, and '1_0', which is none"),
        ("id,v0,v1\na,nan,2\nb,1,4\n", "column 'v0' has numbers, and 'nan', which is none"),
        ("id,v0,v1\na,,2\nb,1,4\n", "1 of 2 rows have NaN or infinity, first the row of 'a'"),
        ("id,v0,v1\na,1e400,2\nb,1,4\n", "1 of 2 rows have NaN or infinity, first the row of 'a'"),
        ('id,v\na,"[1, 2]"\nb,"[1_0, 2]"\n', "line 3, column 'v': '[1_0, 2]' is no vector"),
        ('id,v\na,\nb,"[1, 2]"\n', "column 'v' has no vector in row 1"),
        (
            "id,year,v0,v1\na,2007,1,2\nb,2008,3,4\n",
            "column 'year' has numbers and is not numbered as 'v0' is",
        ),
    ],
)
def test_faulty_tables_are_named_in_one_line(tmp_path, content, message):
    path = tmp_path / "clip.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CollectionError, match=r"clip\.csv") as raised:
        load_embeddings(path)
    assert message in str(raised.value) and "\n" not in str(raised.value)


def test_what_is_no_table_is_refused(tmp_path):
    (tmp_path / "clip.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CollectionError, match="is no csv file"):
        load_embeddings(tmp_path / "clip.csv")
    pytest.importorskip("pyarrow")
    (tmp_path / "clip.parquet").write_bytes(b"no parquet")
    with pytest.raises(CollectionError, match="is no readable parquet file"):
        load_embeddings(tmp_path / "clip.parquet")


def test_a_parquet_file_of_little_that_becomes_much_is_refused(tmp_path, monkeypatch):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    monkeypatch.setattr("classicxm.datasets.embedding_files.LEAST_MEMORY", 1000)
    pandas.DataFrame({"id": range(9000), "v": [[0.0] * 50] * 9000}).to_parquet(tmp_path / "clip.parquet")
    with pytest.raises(CollectionError, match=r"clip\.parquet takes .* times as much"):
        load_embeddings(tmp_path / "clip.parquet")


def test_rows_called_by_file_names_are_found_by_ids(tmp_path):
    rows = [["images/b.jpg", 1, 2], ["images/ü.jpg", 3, 4], ["more/b.jpg", 5, 6]]
    path = write_csv(tmp_path / "clip.csv", ["filename", "x", "y"], rows)
    assert load_embeddings(path, ["ü", "images/b", "more/b.jpg"]).tolist() == [[3, 4], [1, 2], [5, 6]]
    with pytest.raises(UnpairedViewsError, match="has no row for 1 of 2 items, first 'b'"):
        load_embeddings(path, ["ü", "b"])  # two rows end so


@pytest.mark.parametrize(
    ("first", "second", "shown"),
    [('"1,5"', '"2,5"', "1,5"), ("", "", ""), ("x", "1", "x"), ('"[1,2"', '"[1,2"', "")],
)
def test_a_numbered_column_without_numbers_takes_none_out_of_the_vectors(tmp_path, first, second, shown):
    (tmp_path / "e.csv").write_text(f"id,v0,v1\na,{first},2\nb,{second},4\n", encoding="utf-8")
    with pytest.raises(
        CollectionError, match=rf"e.csv: column 'v0' (is numbered|has numbers).*{shown}.*which is none"
    ):
        read_csv_arrays(tmp_path / "e.csv")


@pytest.mark.parametrize("cell", ["[1, 2", "[[1, 2]", "[1, 2]]"])
def test_a_vector_that_was_cut_is_none(tmp_path, cell):
    (tmp_path / "e.csv").write_text(f'id,vector\na,"[3, 4]"\nb,"{cell}"\n', encoding="utf-8")
    with pytest.raises(CollectionError, match=r"line 3, column 'vector': .* is no vector; leave the row out"):
        read_csv_arrays(tmp_path / "e.csv")
