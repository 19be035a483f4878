"""Collections of paired media: manifests, folders, published sets and synthetic scenes."""

from classicxm.lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    {
        "collection": ["MODALITIES", "Collection", "Problem"],
        "manifest": ["load_collection"],
        "openmoji": ["load_openmoji"],
        "scenes": ["make_scenes"],
        "stamps": ["load_stamps"],
        "wikipedia": ["load_wikipedia", "load_wikipedia_texts"],
    },
)
