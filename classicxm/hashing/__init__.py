"""Cross-modal hashing: alignments whose common space is bits, to be searched by Hamming distance."""

from classicxm.lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    {
        "bits": ["signs"],
        "cca_itq": ["CCAITQ"],
        "class_codes": ["ClassCodeHash"],
        "cmfh": ["CMFH"],
        "cvh": ["CVH"],
        "dlfh": ["DLFH"],
        "imh": ["IMH"],
        "scm": ["SCMHash"],
    },
)
