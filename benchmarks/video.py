"""Dense and improved trajectories on UCF-101 clips: time a frame beside one pass of Farneback's flow, memory for
clips of growing length, and how well actions are told apart and found by name.

Time is measured frame by frame in turn with the pass, on one thread, and starts when the first tracks are whole.
`two_workers` is how many times as fast as one worker two describe the same clips, by the clock, in turn: it says
something on a machine of two cores or more on which nothing else runs.
"""

import itertools
import statistics
import time

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.environment import SEED
from benchmarks.rows import BenchmarkError, row
from benchmarks.timing import child_peak
from benchmarks.video_quality import quality_rows
from classicxm.datasets import load_ucf101
from classicxm.encoding import Encoded, FisherVector
from classicxm.media.video import Video
from classicxm.video import DenseTrajectories, ImprovedTrajectories
from classicxm.video.tracking import LENGTH, track_frames

DATA = "ucf101"
SEEDS = 5
SYSTEMS = {
    f"{name}/{preset}": (extractor, preset)
    for name, extractor in (("dense", DenseTrajectories), ("improved", ImprovedTrajectories))
    for preset in ("paper", "fast")
}
PASS = (0.7071, 5, 10, 2, 7, 1.5, cv2.OPTFLOW_FARNEBACK_GAUSSIAN)


def run(data, quick):
    """Rows of time, of memory and of quality; quick runs take few frames of few clips."""
    clips = load_ucf101(data)
    one_each = {record["label"]: record["video"] for record in clips}
    paths = list(one_each.values())[: 2 if quick else None]
    cv2.setNumThreads(1)
    if SEED == 0:  # time and memory do not depend on it
        with threadpool_limits(1):
            yield from _time_rows(paths, 32 if quick else 80)
            yield from _worker_rows(paths, *((2, 1) if quick else (16, 5)))
        yield from _memory_rows(clips, (20, 60) if quick else (100, 300, 1000))
    yield from quality_rows(clips, quick)


def _time_rows(paths, n_frames):
    passes, settings = (
        [],
        {"threads": 1, "clips": len(paths), "frames": n_frames, "clock": "CPU of the process"},
    )
    found = []
    for name, (extractor, preset) in SYSTEMS.items():
        timed = [_timed(extractor(preset=preset), Video(path, max_frames=n_frames)) for path in paths]
        ours, theirs, n_tracks = map(np.array, zip(*timed, strict=True))
        passes.append(theirs.mean())
        ratio = ours.mean() / theirs.mean()
        found.append(
            row(
                "video",
                name,
                "ms_per_frame",
                1000 * ours.mean(),
                "ms",
                **settings,
                preset=preset,
                passes=ratio,
                tracks_per_frame=n_tracks.mean(),
            )
        )
        found.append(row("video", name, "passes", ratio, "passes", **settings, preset=preset))
    yield row(
        "video", "farneback-pass", "ms_per_frame", 1000 * np.mean(passes), "ms", **settings, call=str(PASS)
    )
    yield from found


def _timed(extractor, video):
    """Median seconds a frame of an extractor, decoding included, and of the pass; tracks a frame."""
    greys = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in video]
    if len(greys) < LENGTH + 5:
        raise BenchmarkError(f"{video} has {len(greys)} frames, too few to time")
    ours, theirs, n_tracks = [], [], []
    stream = extractor.iter_tracks(video)
    for before, after in itertools.pairwise(greys):
        start = time.process_time()
        cv2.calcOpticalFlowFarneback(before, after, None, *PASS)
        middle = time.process_time()
        tracks = next(stream)
        ours.append(time.process_time() - middle)
        theirs.append(middle - start)
        n_tracks.append(len(tracks))
    return np.median(ours[LENGTH:]), np.median(theirs[LENGTH:]), np.mean(n_tracks[LENGTH:])


def _worker_rows(paths, n_clips, turns):
    """How many times as fast two workers are as one; the turn in which they are started is not counted."""
    extractor = Encoded(
        DenseTrajectories(preset="fast"), FisherVector(n_components=8, n_pca=16), sample_size=2000
    )
    extractor.fit(paths[:2])
    asked = list(itertools.islice(itertools.cycle(paths), n_clips))
    ratios = []
    for _ in range(1 + turns):
        seconds = []
        for n_jobs in (1, 2):
            start = time.perf_counter()
            extractor.set_params(n_jobs=n_jobs).transform(asked)
            seconds.append(time.perf_counter() - start)
        ratios.append(seconds[0] / seconds[1])
    settings = {"clips": n_clips, "turns": turns, "preset": "fast", "clock": "of the wall"}
    yield row("video", "dense/fast", "two_workers", statistics.median(ratios[1:]), "x", **settings)


def _memory_rows(clips, lengths):
    paths = [str(record["video"]) for record in clips]
    for name, n_frames in itertools.product(SYSTEMS, lengths):
        found = child_peak("benchmarks.video", "drain", system=name, paths=paths, n_frames=n_frames)
        yield row(
            "video",
            name,
            "peak_mb",
            found["peak_mb"],
            "MiB",
            frames=n_frames,
            tracks=found["answer"],
            imports_mb=found["imports_mb"],
            descriptors="counted, not kept",
        )


def drain(system, paths, n_frames):
    """Describe one long film, clips cut together to ``n_frames`` frames, and keep nothing; the number of tracks."""
    cv2.setNumThreads(1)
    extractor, preset = SYSTEMS[system]
    extractor = extractor(preset=preset)
    size = extractor.clip(paths[0]).size
    clips = (extractor.clip(path) for path in itertools.cycle(paths))
    frames = itertools.chain.from_iterable(clip for clip in clips if clip.size == size)
    stream = track_frames(itertools.islice(frames, n_frames), extractor.settings())
    return sum(map(len, stream))
