"""Sets of local descriptors as one vector an item: bag of words, VLAD, Fisher vector."""

from classicxm.lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    {
        "bow": ["BagOfWords"],
        "channels": ["Channels"],
        "encoded": ["Encoded"],
        "fisher": ["FisherVector"],
        "statistics": ["Statistics"],
        "vlad": ["VLAD"],
    },
)
