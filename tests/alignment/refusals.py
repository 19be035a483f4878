"""What no alignment learns from or projects, hashes among them."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from classicxm.errors import UnpairedViewsError
from tests.alignment.conftest import class_views


def refuses_to_learn(build):
    """``build()`` gives an unfitted aligner."""
    views, y = class_views()
    with pytest.raises(NotFittedError):
        build().transform_view("text", views["text"])
    with pytest.raises(UnpairedViewsError, match="same item"):
        build().fit({"image": views["image"], "text": views["text"][:-1]}, y)
    broken = views["text"].copy()
    broken[7, 1] = np.nan
    with pytest.raises(ValueError, match=r"'text' view has NaN or infinity in 1 rows, first in row 7"):
        build().fit({"image": views["image"], "text": broken}, y)
    with pytest.raises(TypeError, match="must be a dict"):
        build().fit(list(views.values()), y)


def refuses_to_project(build):
    """``build()`` gives an unfitted aligner."""
    views, y = class_views()
    model = build().fit(views, y)
    with pytest.raises(ValueError, match="no view 'video' was fitted"):
        model.transform_view("video", views["text"])
    with pytest.raises(ValueError, match="'text' view was fitted on 5 features, got 8"):
        model.transform_view("text", views["image"])
    return model
