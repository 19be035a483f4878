"""How well descriptions of clips tell actions apart, and find clips by the action's name and back.

Every clip is described once, its descriptors kept in a folder that all seeds of a run share; each seed draws its own
of them. The strength of the classifier is chosen by
cross-validation over the film groups of the training clips; test clips are from other films.
"""

import contextlib
import os
import tempfile
import warnings
from pathlib import Path

import numpy as np
from joblib import Parallel, cpu_count, delayed
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits

from benchmarks.environment import SEED
from benchmarks.rows import row
from benchmarks.seeds import shared_folder
from classicxm.alignment import CCA
from classicxm.encoding import BagOfWords, FisherVector
from classicxm.encoding.channels import Channels
from classicxm.evaluation import (
    bootstrap_interval,
    class_relevance,
    evaluate,
    query_blind_scores,
    random_floor,
)
from classicxm.image import HOG, ColorHistogram
from classicxm.media.video import Video
from classicxm.text import TfidfText
from classicxm.video import CHANNELS, FrameFeatures, ImprovedTrajectories

__all__ = ["quality_rows"]

MAX_TRACKS = 6000  # of a clip, drawn at random
SAMPLE = 600  # descriptors of each training clip that encoders learn from
STRENGTHS = [0.01, 0.1, 1, 10, 100]
N_COMPONENTS = 40  # principal components that CCA is given, less than there are training clips
CHOSEN = "C by grouped 5-fold cross-validation on train"


def quality_rows(clips, quick):
    """Rows ``accuracy``, ``map_v2t`` and ``map_t2v`` of trajectories, of frame features and of both floors."""
    if quick:
        groups = clips.column("group")
        clips = clips.subset([i for i, group in enumerate(groups) if group in (1, 2, 8, 9, 10, 11)][::3])
    is_train = np.array(clips.column("split")) == "train"
    frames = _frame_features(clips, is_train)
    yield from _rows("frames", {"all": frames}, clips, is_train, frames=5)
    yield from _floor_rows(frames, clips, is_train)
    max_frames = 20 if quick else None
    for preset in ("fast", "paper"):
        extractor = ImprovedTrajectories(
            preset=preset, max_frames=max_frames, max_tracks=None, random_state=SEED
        )
        features = _trajectory_features(extractor, clips, is_train)
        yield from _rows(f"improved/{preset}", features, clips, is_train, max_frames=max_frames)


def _frame_features(clips, is_train):
    paths = clips.column("video")
    parts = []
    for image_features in (ColorHistogram(), HOG()):
        extractor = FrameFeatures(image_features, n_frames=5).fit(
            [paths[i] for i in np.flatnonzero(is_train)]
        )
        parts.append(Normalizer().transform(extractor.transform(paths)))
    return np.hstack(parts)


def _trajectory_features(extractor, clips, is_train):
    """{channel: (n_clips, d)}, "all" being all channels: a bag of words and a Fisher vector side by side."""
    shared = shared_folder()
    with contextlib.nullcontext(shared) if shared else tempfile.TemporaryDirectory() as folder:
        targets = [Path(folder) / f"{extractor.preset}-{i}.npy" for i in range(len(clips))]
        Parallel(n_jobs=cpu_count())(
            delayed(_describe)(extractor, path, target)
            for path, target in zip(clips.column("video"), targets, strict=True)
        )
        random = np.random.default_rng(SEED)
        sample = np.concatenate(
            [_drawn(_described(targets[i], i), random, SAMPLE) for i in np.flatnonzero(is_train)]
        ).astype(np.float32)
        with threadpool_limits(1):
            encoders = [
                Channels(encoder, CHANNELS).fit(sample)
                for encoder in (
                    BagOfWords(n_words=256, random_state=SEED),
                    FisherVector(n_components=16, n_pca=16, power=0.3, random_state=SEED),
                )
            ]
            encoded = [
                np.stack([encoder.encode(_described(target, i)) for i, target in enumerate(targets)])
                for encoder in encoders
            ]
    features = {"all": np.hstack(encoded)}
    for name in CHANNELS:
        parts = [
            vectors[:, slice(*encoder.slices_[name])]
            for encoder, vectors in zip(encoders, encoded, strict=True)
        ]
        features[name] = Normalizer().transform(np.hstack(parts))
    return features


def _describe(extractor, path, target):
    import cv2

    if target.is_file():  # an earlier seed described it
        return
    cv2.setNumThreads(1)
    whole = target.with_suffix(f".{os.getpid()}.npy")
    np.save(whole, extractor.describe(Video(path)).astype(np.float16))
    whole.replace(target)


def _described(target, position):
    """At most MAX_TRACKS of a clip's descriptors, drawn by the seed and the clip's position."""
    return _drawn(np.load(target, mmap_mode="r"), np.random.default_rng([SEED, position]), MAX_TRACKS)


def _drawn(descriptors, random, n):
    return descriptors[np.sort(random.permutation(len(descriptors))[:n])]


def _rows(system, features, clips, is_train, **settings):
    labels, groups = np.array(clips.labels), np.array(clips.column("group"))
    for channel, X in features.items():
        # A clip without tracks is a zero vector; centred, it lies among the others.
        model = make_pipeline(StandardScaler(with_std=False), Normalizer(), LinearSVC())
        search = GridSearchCV(
            model, {"linearsvc__C": STRENGTHS}, cv=GroupKFold(min(5, len(set(groups[is_train]))))
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            search.fit(X[is_train], labels[is_train], groups=groups[is_train])
        right = (search.predict(X[~is_train]) == labels[~is_train]).astype(float)
        low, high = bootstrap_interval(right, random_state=SEED)
        yield row(
            "video",
            system,
            "accuracy",
            right.mean(),
            "share",
            low,
            high,
            channel=channel,
            cross_validation=search.best_score_,
            chosen=CHOSEN,
            **settings,
        )
    yield from _map_rows(system, features["all"], clips, is_train, **settings)


def _map_rows(system, X, clips, is_train, **settings):
    texts = clips.column("text")
    words = TfidfText(min_df=1).fit([texts[i] for i in np.flatnonzero(is_train)]).transform(texts)
    n_components = min(N_COMPONENTS, is_train.sum() - 1)
    reduced = PCA(n_components, random_state=SEED).fit(X[is_train]).transform(X)
    aligner = CCA(n_components=None, ridge=1.0).fit({"video": reduced[is_train], "text": words[is_train]})
    video, text = (
        Normalizer().transform(aligner.transform_view(name, view[~is_train]))
        for name, view in (("video", reduced), ("text", words))
    )
    relevant = _relevant(clips, is_train)
    for measure, scores in (("map_v2t", video @ text.T), ("map_t2v", text @ video.T)):
        precisions = evaluate(scores, relevant, ["wiki"])["wiki"]
        yield _map_row(system, measure, precisions, alignment="CCA", **settings)


def _floor_rows(frames, clips, is_train):
    labels, relevant = np.array(clips.labels), _relevant(clips, is_train)
    texts = clips.column("text")
    words = TfidfText(min_df=1).fit([texts[i] for i in np.flatnonzero(is_train)]).transform(texts)
    for measure, gallery in (("map_v2t", words), ("map_t2v", frames)):
        yield _map_row("random", measure, random_floor(relevant, "wiki"))
        scores = query_blind_scores(gallery[is_train], labels[is_train], gallery[~is_train])
        blind = evaluate(np.broadcast_to(scores, relevant.shape), relevant, ["wiki"])["wiki"]
        yield _map_row("query-blind", measure, blind)


def _map_row(system, measure, precisions, **settings):
    low, high = bootstrap_interval(precisions, random_state=SEED)
    return row("video", system, measure, precisions.mean(), "mAP", low, high, **settings)


def _relevant(clips, is_train):
    labels = [clips.labels[i] for i in np.flatnonzero(~is_train)]
    return class_relevance(labels, labels)
