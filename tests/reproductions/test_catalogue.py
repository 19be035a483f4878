"""What the files of reproductions say, and how those that are wrong are refused."""

import pytest

from classicxm.errors import CollectionError
from classicxm.evaluation import protocol_descriptions, published_results
from classicxm.reproductions import read_reproductions

ALL = read_reproductions()
WAYS = ("i2t", "t2i", "mean")


@pytest.mark.parametrize("name", ALL)
def test_every_reproduction_is_whole(name):
    one = ALL[name]
    assert one.title and one.selection and one.protocol
    assert bool(one.expected) == bool(one.commands and not one.pending)
    assert one.commands or one.published, "something is run, or something is quoted"
    if one.commands:
        assert one.seconds > 0
        assert any("{result}" in command for command in one.commands) or one.result != "result.json"
        covered = {key.split("/")[0] for key in (*one.checksums, *one.trees)}
        assert covered == set(one.data), "every data set is known by its checksums"
        assert {statistic.data for statistic in one.statistics} == set(one.data)
    for row in one.expected:
        assert row.low is None or row.low <= row.value + 1e-9 <= row.high + 2e-9, (name, row)
        assert row.tolerance >= 0.005 and (row.spread is None or row.spread >= 0)


def test_rows_that_others_look_for_are_there():
    systems = {row.system for row in ALL["wikipedia"].expected}
    first = "random query-blind CM SM-L1 SCM PLS BLM GMLDA GMMFA KCCA-chi2 LabelCCA LCFS JFSSL"
    assert systems == {*first.split(" "), "KRR-chi2-dot", "KRR-chi2-cosine"}
    measures = {row.measure for row in ALL["wikipedia"].expected}
    assert measures == {f"map_{way}{suffix}" for way in WAYS for suffix in ("", "@50", "_macro", "@50_macro")}


def test_published_values_come_from_the_same_files():
    assert {result.system for result in ALL["flickr8k"].published} == {"CCA", "KCCA"}
    assert ALL["wikipedia"].published == tuple(published_results("wikipedia"))
    used = [result for result in published_results() if result.test_used == "yes"]
    assert [result.system for result in used] == ["DSCMR"] and "test set" in used[0].selection
    assert {result.test_used for result in published_results()} <= {"yes", "no", "not known"}


def test_headlines_name_rows_that_there_are():
    for one in ALL.values():
        systems = {row.system for row in one.expected if row.measure == one.headline.get("measure")}
        named = {value for key, value in one.headline.items() if key != "measure"}
        assert one.pending or named <= systems, one.name


def test_protocols_are_known_or_words():
    for one in ALL.values():
        assert one.protocol in protocol_descriptions() or " " in one.protocol


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ('size = "3"', "unknown key 'size'"),
        ('reads = "lines"', "reads must be one of rows, figures, systems"),
        ("[expected", "is no reproduction: TOMLDecodeError"),
    ],
)
def test_a_file_that_is_wrong(small, extra, message):
    small.write(extra=extra)
    with pytest.raises(CollectionError, match=message):
        read_reproductions(small.folder)


def test_rows_that_are_the_same(small):
    path = small.folder / "small.toml"
    whole = path.read_text()
    path.write_text(whole.replace("bits = 2", "bits = 1"))
    with pytest.raises(CollectionError, match="two rows are"):
        read_reproductions(small.folder)
