"""Files of saved indexes, damaged in the ways in which disks and people damage them."""

import pytest

DAMAGES = ("truncate", "alter", "delete")
each_damage = pytest.mark.parametrize("damage", DAMAGES)


def damaged(file, damage):
    """Damage a file in place."""
    content = file.read_bytes()
    if damage == "delete":
        file.unlink()
    else:
        file.write_bytes(content[:-1] if damage == "truncate" else content[:-2] + b"xx")
