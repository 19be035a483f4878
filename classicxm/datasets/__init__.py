"""Collections of paired media: manifests, folders, published sets and synthetic scenes."""

from classicxm.lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    {
        "collection": ["MODALITIES", "Collection", "Problem"],
        "digits": ["load_spoken_digits", "make_digit_pairs"],
        "embeddings": ["load_embeddings"],
        "esc": ["load_esc"],
        "histories": ["make_histories"],
        "manifest": ["load_collection"],
        "openmoji": ["load_openmoji"],
        "scenes": ["make_scenes"],
        "stamps": ["load_stamps"],
        "ucf101": ["load_ucf101"],
        "wikipedia": ["load_wikipedia", "load_wikipedia_texts"],
    },
)
