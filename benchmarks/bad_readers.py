"""Reading one file in a process of its own, with its time, its peak memory and what it said."""

import contextlib
import multiprocessing
import resource
import time
import warnings
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from classicxm.errors import ClassicXMError

__all__ = ["Outcome", "read_apart"]

SECONDS = 20
MEGABYTES = 1024
MODULES = (
    "classicxm.persistence",
    "classicxm.retrieval.retriever",
    "classicxm.datasets.manifest",
    "classicxm.datasets.embeddings",
    "classicxm.evaluation.trec",
    "classicxm.media.audio",
    "classicxm.media.image",
    "classicxm.media.video",
    "classicxm.media.text",
    "classicxm.text.tfidf",
    "classicxm.text.vector_files",
    "benchmarks.bad_readers",
)


@dataclass(frozen=True)
class Outcome:
    """What reading a file came to.

    Attributes
    ----------
    said : str or None
        The message of the error or warnings, None where the file was read without a word.
    kind : {"read", "refused", "raw", "crashed", "hung"}
        "raw" is an error that the commands do not expect.
    seconds, megabytes : float
        Time and peak memory.
    """

    kind: str
    said: str | None
    seconds: float
    megabytes: float


def read_apart(reader: str, path: Path) -> Outcome:
    """Read a file, by the reader of that name, in a forked process that is killed after 20 seconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(MODULES))
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_read, args=(reader, path, theirs))
    process.start()
    theirs.close()
    ours.recv()  # it has begun
    started = time.monotonic()
    kind, said, megabytes = "crashed", None, 0.0
    if not ours.poll(SECONDS):
        kind = "hung"
    else:
        with contextlib.suppress(EOFError):
            kind, said, megabytes = ours.recv()
    seconds = time.monotonic() - started
    process.kill() if kind == "hung" else process.join()
    process.join()
    return Outcome(kind, said, seconds, megabytes)


def _read(reader: str, path: Path, answer: Connection) -> None:
    answer.send("begun")
    kind, said = "read", None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            READERS[reader](path)
        except (ClassicXMError, ValueError, TypeError, OSError) as error:
            kind, said = "refused", f"{type(error).__name__}: {error}"
        except Exception as error:  # whatever else there is, is counted
            kind, said = "raw", f"{type(error).__name__}: {error}"
        if kind == "read" and caught:
            said = " | ".join(str(one.message) for one in caught)
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    answer.send((kind, said, peak / 1024))


def _image(path):
    from classicxm.media.image import decode

    decode(path)


def _audio(path):
    from classicxm.media.audio import decode

    decode(path)


def _video(path):
    from classicxm.media.video import Video

    clip = Video(path)
    n_frames = sum(1 for _ in clip)
    if n_frames != clip.n_frames:
        raise AssertionError(f"{path.name}: {n_frames} frames given, {clip.n_frames} counted")


def _text(path):
    from classicxm.text import TfidfText

    TfidfText().fit_transform([path, "another caption"])


def _manifest(path):
    from classicxm.datasets import load_collection

    load_collection(path)


def _embeddings(path):
    from classicxm.datasets import load_embeddings

    load_embeddings(path)


def _vectors(path):
    from classicxm.text.vector_files import read_word_vectors

    read_word_vectors(path)


def _run(path):
    from classicxm.evaluation.trec import read_run

    read_run(path)


def _qrels(path):
    from classicxm.evaluation.trec import read_qrels

    read_qrels(path)


def _model(path):
    from classicxm import CrossModalRetriever

    CrossModalRetriever.load(path)


READERS = {
    "image": _image,
    "audio": _audio,
    "video": _video,
    "text": _text,
    "manifest": _manifest,
    "embeddings": _embeddings,
    "vectors": _vectors,
    "run": _run,
    "qrels": _qrels,
    "model": _model,
}
