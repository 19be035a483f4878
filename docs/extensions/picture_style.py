"""How the pictures of the examples look."""

from typing import Any

STYLE = {
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "legend.frameon": False,
    "image.interpolation": "nearest",
}


def reset(gallery_conf: Any, fname: Any) -> None:
    """Set the style anew before every example; sphinx-gallery calls it."""
    import matplotlib

    matplotlib.rcParams.update(STYLE)
