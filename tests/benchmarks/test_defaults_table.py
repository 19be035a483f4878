"""The table of what choosing gives, by hand."""

from benchmarks.defaults_table import selection_table
from benchmarks.rows import row


def rows_of(system, aim, spread=None, **values):
    for measure, value in values.items():
        made = row("defaults", system, measure, value, "share", aim=aim, seeds=1, divisions=1, chosen=["x"])
        yield made if spread is None else {**made, "seed_spread": spread}


def cells(table):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_each_aim_is_judged_by_its_own_measure():
    rows = [
        *rows_of("standard/pets/plain", "none", map_i2t=0.2, map_t2i=0.4, map_mean=0.3, success_at_10_i2t=0.5),
        *rows_of("standard/pets/selected", "class", 0.01, map_i2t=0.5, map_t2i=0.4, success_at_10_i2t=0.3),
        *rows_of("standard/pets/selected", "class", seconds=7.0),
        *rows_of("standard/pets/selected", "partner", map_i2t=0.2, map_t2i=0.2, success_at_10_i2t=0.625, seconds=3.0),
    ]  # fmt: skip
    assert cells(selection_table(rows)) == [
        ["pets", "class", "mAP", "standard", "0.300", "0.450 ±0.010", "+0.150", "7"],
        ["pets", "partner", "Success@10", "standard", "0.500", "0.625", "+0.125", "3"],
    ]


def test_captions_have_lines_of_their_own_and_what_is_by_hand_no_gain():
    ranks = {"success_at_10_i2t": 0.5, "success_at_10_t2i": 0.25, "success_at_10_i2t_captions": 0.125}
    lines = cells(selection_table(list(rows_of("by-hand/photos/selected", "partner", **ranks, seconds=2.0))))
    assert lines == [
        ["photos", "partner", "Success@10", "by-hand", "", "0.375", "", "2"],
        ["photos", "partner", "Success@10 of captions", "by-hand", "", "0.125", "", "2"],
    ]
