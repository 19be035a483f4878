"""What columns hold, by their names."""

import pytest

from classicxm.datasets.column_names import ROLES, role_of


@pytest.mark.parametrize(
    ("name", "role"),
    [("Caption", "text"), (" image_path ", "image"), ("__key__", "id"), ("path", "file"), ("size", None)],
)
def test_roles(name, role):
    assert role_of(name) == role


def test_every_name_has_one_role():
    names = [name for many in ROLES.values() for name in many]
    assert len(names) == len(set(names)) and all(role_of(name) for name in names)
