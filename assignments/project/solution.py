"""Project: a search engine that finds pictures by text and texts by picture.

Complete the five functions, then improve the system and write about it. Run the file to see what it reaches.
"""

# %% setup
import numpy as np

from classicxm.alignment import CCA
from classicxm.datasets import make_scenes

SEED = 0
N_SCENES, N_LEARNED, N_COMPONENTS = 500, 400, 12


# %% data
def data(seed=SEED):
    """Captions, pictures (64, 64, 3) and labels ("red circle": the large shape) of 500 drawn scenes."""
    scenes = make_scenes(N_SCENES, size=64, random_state=seed, modalities=("text", "image"))
    return [[scene[key] for scene in scenes] for key in ("text", "image", "label")]


# %% vocabulary
def vocabulary(texts, min_texts):
    """Sorted list of the words, in lower case, that occur in at least min_texts of the texts."""
    words = ["a"]
    ### BEGIN SOLUTION
    counts = {}
    for text in texts:
        for word in set(text.lower().split()):
            counts[word] = counts.get(word, 0) + 1
    words = sorted(word for word, count in counts.items() if count >= min_texts)
    ### END SOLUTION
    return words


# %% text_features
def text_features(texts, words):
    """Counts (n, w) of each of w words, in lower case, in each of n texts, as floats."""
    counts = np.zeros((len(texts), len(words)))
    ### BEGIN SOLUTION
    place = {word: i for i, word in enumerate(words)}
    for row, text in zip(counts, texts, strict=True):
        for word in text.lower().split():
            if word in place:
                row[place[word]] += 1
    ### END SOLUTION
    return counts


# %% image_features
def image_features(image, n_bins):
    """Square roots of the shares (n_bins**3,) of pixels per colour; image is (h, w, 3) of whole numbers 0 to 255.

    Each channel is cut into n_bins equal ranges; red counts most in the order: (r * n_bins + g) * n_bins + b.
    """
    features = np.zeros(n_bins**3)
    ### BEGIN SOLUTION
    cut = image.reshape(-1, 3).astype(int) * n_bins // 256
    numbers = (cut[:, 0] * n_bins + cut[:, 1]) * n_bins + cut[:, 2]
    features = np.sqrt(np.bincount(numbers, minlength=n_bins**3) / len(numbers))
    ### END SOLUTION
    return features


# %% rank
def rank(query, gallery):
    """Rows of gallery (n, d) by cosine with query (d,), best first; a zero vector has the cosine 0 with everything.

    Of rows with the same cosine, the earlier comes first.
    """
    order = np.arange(len(gallery))[::-1]
    ### BEGIN SOLUTION
    lengths = np.linalg.norm(gallery, axis=1) * np.linalg.norm(query)
    cosines = gallery @ query / np.where(lengths > 0, lengths, 1)
    order = np.argsort(-cosines, kind="stable")
    ### END SOLUTION
    return order


# %% mean_average_precision
def mean_average_precision(orders, query_labels, gallery_labels):
    """Mean over queries of average precision; relevant are gallery items of the query's label.

    orders is a list of rankings of the whole gallery, one per query; queries without a relevant item are left out.
    """
    value = 0.0
    ### BEGIN SOLUTION
    gallery = np.array(gallery_labels)
    values = []
    for order, label in zip(orders, query_labels, strict=True):
        ranks = np.flatnonzero(gallery[np.array(order)] == label) + 1
        if len(ranks):
            values.append(np.mean(np.arange(1, len(ranks) + 1) / ranks))
    value = float(np.mean(values))
    ### END SOLUTION
    return value


# %% report
def report(seed=SEED):
    """Mean average precision in both directions on the last 100 scenes, after learning from the first 400."""
    texts, images, labels = data(seed)
    words = vocabulary(texts[:N_LEARNED], 3)
    views = {
        "text": text_features(texts, words),
        "image": np.array([image_features(image, 6) for image in images]),
    }
    learned = {name: rows[:N_LEARNED] for name, rows in views.items()}
    if min(np.ptp(rows, axis=0).max() for rows in learned.values()) == 0:
        common = {name: np.zeros((N_SCENES - N_LEARNED, 1)) for name in views}  # nothing to align yet
    else:
        aligner = CCA(n_components=min(N_COMPONENTS, len(words)), ridge=0.1).fit(learned)
        common = {name: aligner.transform_view(name, rows[N_LEARNED:]) for name, rows in views.items()}
    held = labels[N_LEARNED:]
    numbers = {}
    for query, gallery in (("text", "image"), ("image", "text")):
        orders = [rank(row, common[gallery]) for row in common[query]]
        numbers[f"MAP, {query} to {gallery}"] = mean_average_precision(orders, held, held)
    return numbers


if __name__ == "__main__":
    print("by chance, with thirty labels: about 0.08")
    for name, value in report().items():
        print(f"{name}: {value:.4f}")
