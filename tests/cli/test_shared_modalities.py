"""Modalities that are learned together are those that most items share."""

from classicxm.cli.shared_modalities import shared_modalities


def test_all_of_them_where_items_have_all():
    assert shared_modalities([{"text", "image"}] * 9, ["text", "image"]) == (["text", "image"], "")
    assert shared_modalities([{"text"}], ["text"]) == (["text"], "")


def test_few_whole_items_are_told_of():
    held = [{"text", "image", "audio"}] + [{"text", "image"}] * 9
    chosen, told = shared_modalities(held, ["text", "image", "audio"])
    assert chosen == ["text", "image", "audio"]
    assert told.startswith("only 1 of 10 items have all") and "--modalities text,image learns from 10" in told


def test_what_most_share_where_no_item_has_all():
    held = [{"text", "image"}] * 3 + [{"text", "audio"}] * 2
    chosen, told = shared_modalities(held, ["text", "image", "audio"])
    assert chosen == ["text", "image"] and "left out: audio" in told


def test_the_commonest_alone_where_nothing_is_shared():
    chosen, told = shared_modalities([{"image"}] * 3 + [{"text"}], ["text", "image"])
    assert chosen == ["image"] and "only the image items are learned" in told
