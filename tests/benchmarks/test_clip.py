"""The arithmetic of a CLIP-sized model: its count by hand, and products that are those counted."""

import numpy as np
import pytest

from benchmarks import clip
from benchmarks.clip import multiply_adds, passed, run, weights


def test_arithmetic_is_that_of_the_published_model():
    # 12 layers of 12 * 768**2 products a token and 2 * 50 * 768 for attention; 86 million weights in the tower.
    layers = 12 * 50 * (12 * 768**2 + 2 * 50 * 768)
    assert multiply_adds() == 49 * 3072 * 768 + layers + 768 * 512
    assert 4.3e9 < multiply_adds() < 4.5e9


def test_products_that_are_made_are_those_that_are_counted(monkeypatch):
    for name, value in {"WIDTH": 24, "HEADS": 3, "HIDDEN": 96, "JOINT": 8, "LAYERS": 2}.items():
        monkeypatch.setattr(clip, name, value)
    made = []

    class Counted(np.ndarray):
        def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
            plain = [np.asarray(one) for one in inputs]
            if ufunc is np.matmul:
                made.append(np.prod(plain[0].shape) * plain[1].shape[-1])
            keywords.pop("out", None)
            return np.asarray(getattr(ufunc, method)(*plain, **keywords)).view(Counted)

    patches = np.ones((1, clip.PATCHES, 3 * clip.PATCH**2), np.float32)
    first, joint, layers = weights()
    matrices = (
        first.view(Counted),
        joint.view(Counted),
        [[one.view(Counted) for one in layer] for layer in layers],
    )
    plain = passed(patches, (first, joint, layers))
    assert np.allclose(np.asarray(passed(patches, matrices)), plain, atol=1e-5) and plain.any()
    assert sum(made) == multiply_adds()


@pytest.mark.slow
def test_rows_of_a_quick_run():
    rows = {(row["system"], row["measure"]): row["value"] for row in run(None, quick=True)}
    assert {system for system, _ in rows} == {"transformer-products", "baseline", "standard", "strong"}
    assert all(value > 0 for value in rows.values()) and len(rows) == 16
    assert 340 < rows["transformer-products", "model_mb"] < 352
