"""A fixed division into training and test items that depends on nothing but each item's own name."""

import hashlib

__all__ = ["split_by_hash"]


def split_by_hash(name, test_share=0.2):
    """The split of one item: "test" for about ``test_share`` of all names, "train" for the rest.

    An item keeps its side whatever else the collection holds: the BLAKE2 digest of its name, read as a fraction
    of the largest digest, is compared with ``test_share``.

    Parameters
    ----------
    name : str
    test_share : float, default=0.2
        From 0 to 1.

    Examples
    --------
    >>> split_by_hash("1F600"), split_by_hash("1F601")
    ('test', 'train')
    """
    digest = hashlib.blake2b(name.encode("utf-8"), digest_size=8).digest()
    return "test" if int.from_bytes(digest, "big") < test_share * 2**64 else "train"
