"""What somebody may have meant."""

from classicxm.spelling import did_you_mean


def test_near_names_as_they_are_spelled():
    assert did_you_mean("imgae", ["text", "Image"]) == "; did you mean 'Image'?"
    assert did_you_mean("LABEL", ["label", "labels", "year"]).startswith("; did you mean 'label' or 'labels'")
    assert did_you_mean("label", ["labela", "labelb"], n=1).count("'") == 2


def test_nothing_near():
    assert did_you_mean("xyz", ["text", "image"]) == "" and did_you_mean("a", []) == ""
