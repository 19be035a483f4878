"""Which classes may be named, by which names, and that nothing else is imported."""

import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier

from classicxm.alignment import CCA
from classicxm.errors import UnsavableError
from classicxm.estimator_state.class_names import (
    RECORDS,
    SKLEARN,
    class_name,
    function_name,
    known_class,
    trusted_object,
    type_name,
    untrusted_class,
)
from classicxm.evaluation.ranking import average_precision


def test_names_lead_back_to_their_classes():
    for cls, name in ((CCA, "CCA"), (PCA, "sklearn.PCA")):
        assert class_name(cls) == name and known_class(name) is cls
    for name in [*RECORDS, *(f"sklearn.{name}" for name in SKLEARN)]:
        assert isinstance(known_class(name), type), name


def test_names_that_lead_nowhere():
    for name in ("Nobody", "sklearn.Nobody", "sklearn.svm.SVC", "os.system", "load", "ExactIndex.search"):
        assert known_class(name) is None, name


def test_nothing_is_imported_that_was_not_trusted(tmp_path, monkeypatch):
    (tmp_path / "oddpackage.py").write_text("class Part: pass\nraise SystemExit\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert (
        known_class("oddpackage.Part") is None and known_class("oddpackage.Part", ["odd", "oddpack"]) is None
    )
    assert "oddpackage" not in sys.modules
    assert trusted_object("collections.OrderedDict.fromkeys", ["collections"]).__name__ == "fromkeys"
    assert trusted_object("collections.none.at_all", ["collections"]) is None


def test_types_and_functions():
    assert type_name(np.float32) == "numpy.float32" and type_name(CCA) == "CCA"
    assert function_name(average_precision) == "average_precision"
    assert function_name(np.linalg.norm).endswith("norm")


def test_an_untrusted_class_says_how_to_trust_its_package():
    said = str(untrusted_class(Path("model"), "other.parts.Part"))
    assert (
        "names other.parts.Part" in said and "trusted=['other'] (--trust other on the command line)" in said
    )


def test_what_could_not_be_found_again():
    class Inner:
        pass

    with pytest.raises(UnsavableError, match="the class Inner is defined in another function"):
        class_name(Inner)
    with pytest.raises(UnsavableError, match="a lambda is defined in another function"):
        function_name(lambda x: x)
    assert class_name(RandomForestClassifier) == "sklearn.ensemble._forest.RandomForestClassifier"
