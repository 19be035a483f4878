"""scikit-learn without scipy.stats and pandas: nothing is imported before it is called, and answers are the same."""

import subprocess
import sys

import pytest

from classicxm.light_sklearn import POSTPONED, imported, postponed


def printed(code, *path):
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {list(map(str, path))!r}\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


DOORS = """
alignment CCA; classicxm CrossModalRetriever; datasets make_scenes; encoding FisherVector; evaluation evaluate
hashing CVH; image HOG; retrieval make_retriever; search LSHIndex; text TfidfText; video FrameFeatures
"""


@pytest.mark.slow
@pytest.mark.parametrize("door", DOORS.strip().replace("\n", ";").split(";"))
def test_whoever_begins_with_one_public_name_starts_shortly(door):
    room, name = door.split()
    module = "classicxm" if room == "classicxm" else f"classicxm.{room}"
    code = f"from {module} import {name}\nprint(*(name in sys.modules for name in ('scipy.stats', 'pandas')))"
    assert printed(code) == ["False", "False"]


@pytest.mark.slow
def test_scikit_learn_calls_what_was_postponed():
    code = """
from classicxm.light_sklearn import imported
ranking = imported("sklearn.metrics")
print(*(name in sys.modules for name in ("scipy.stats", "pandas")))
print(ranking.label_ranking_average_precision_score([[0, 1, 1]], [[0.3, 0.2, 0.1]]))
import scipy.stats
print(scipy.stats.__name__, "scipy.stats._stats_py" in sys.modules)
import sklearn.utils.fixes
print(sklearn.utils.fixes._mode([1, 2, 2]).mode[0], scipy.stats.rankdata([5, 7])[1])
"""
    expected = (1 / 2 + 2 / 3) / 2
    seen = printed(code)
    assert seen[:2] == ["False", "False"] and float(seen[2]) == pytest.approx(expected)
    assert seen[3:] == ["scipy.stats", "True", "2", "2.0"]


@pytest.mark.slow
def test_modules_below_packages_are_whole_afterwards():
    code = """
from classicxm.light_sklearn import POSTPONED, imported
splines = imported("sklearn.preprocessing").SplineTransformer(2, degree=1)
metrics = imported("sklearn.metrics")
print(*(name in sys.modules for name in POSTPONED))
import numpy as np, scipy
print(np.testing.assert_allclose(1, 1), np.f2py.__name__, scipy.optimize.minimize_scalar(lambda x: x**2).success)
print(splines.fit_transform([[0.0], [1.0]]).tolist(), metrics.auc([0, 1], [0, 1]))
"""
    seen = printed(code)
    assert seen[: len(POSTPONED)] == ["False"] * len(POSTPONED)
    assert " ".join(seen[len(POSTPONED) :]) == "None numpy.f2py True [[1.0, 0.0], [0.0, 1.0]] 0.5"


@pytest.mark.slow
def test_a_name_is_found_at_its_call_and_the_module_is_then_whole(tmp_path):
    (tmp_path / "later.py").write_text(
        "class Box:\n    side = 3\n\ndef area(side):\n    return side * side\n"
    )
    code = """
from classicxm.light_sklearn import postponed
with postponed("later", "nowhere"):
    import later
    from later import area, Box
    print("nowhere" in sys.modules)
print("later" in sys.modules, area(4), "later" in sys.modules, Box.side, later.Box().side)
"""
    assert printed(code, tmp_path) == ["False", "False", "16", "True", "3", "3"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "need", ["class Mine(later.Box): pass", "import later.deep", "later.__doc__.strip()"]
)
def test_a_module_that_needs_more_than_functions_is_imported_in_full(tmp_path, need):
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "__init__.py").write_text('"""Doc."""\nclass Box: pass\n')
    (tmp_path / "later" / "deep.py").write_text("")
    (tmp_path / "asking.py").write_text(f"import later\n{need}\n")
    code = """
import classicxm.light_sklearn as light
whole = light.postponed
light.postponed = lambda *names: whole("later")
print(light.imported("asking").later.Box.__module__, sys.modules["later"].__doc__)
"""
    assert printed(code, tmp_path) == ["later", "Doc."]


def test_what_is_there_already_stays():
    import colorsys

    with postponed("colorsys"):
        assert sys.modules["colorsys"] is colorsys
    assert imported("sklearn.base") is sys.modules["sklearn.base"]
    with pytest.raises(ModuleNotFoundError):
        imported("sklearn.no_such_part")


def test_it_is_away_again_after_an_error():
    with pytest.raises(KeyError), postponed("antigravity"):
        assert "antigravity" in sys.modules
        raise KeyError
    assert "antigravity" not in sys.modules
