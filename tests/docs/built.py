"""The built documentation, which `.ci/run` builds first and names in $CLASSICXM_DOCS."""

import os
from pathlib import Path

import pytest

PLACE = Path(os.environ.get("CLASSICXM_DOCS", Path(__file__).resolve().parents[2] / "docs" / "_build"))

needs_pages = pytest.mark.skipif(
    not (PLACE / "objects.inv").exists(), reason="build the documentation: sphinx-build -W docs docs/_build"
)
