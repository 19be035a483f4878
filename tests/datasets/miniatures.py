"""What tests of published layouts share: files that only need to be there, and ids by split."""

__all__ = ["by_split", "touch"]


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"medium")


def by_split(collection):
    found = {}
    for record in collection:
        found.setdefault(record.get("split"), []).append(record["id"])
    return found
