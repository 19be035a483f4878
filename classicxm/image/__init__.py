"""Images described by handcrafted features: local (SIFT, colour) and global (HOG, colour, GIST, LBP)."""

from classicxm.lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    {
        "color": ["ColorHistogram"],
        "dense_color": ["DenseColor"],
        "dense_sift": ["DenseSIFT"],
        "gist": ["GIST"],
        "hog": ["HOG"],
        "lbp": ["LBP"],
        "mirrored": ["Mirrored"],
        "sift": ["SIFT"],
    },
)
