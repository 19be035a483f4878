import pytest

from classicxm import evaluation


@pytest.mark.parametrize("name", evaluation.__all__)
def test_every_export_resolves(name):
    assert getattr(evaluation, name) is not None
    assert name in dir(evaluation)
