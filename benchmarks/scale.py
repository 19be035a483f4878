"""What a million items of three views cost, by engine: describing, learning and indexing, a shard at a time.

Items are drawn (noisy mixtures of 24 shared dimensions; 96, 128 and 48 features), so describing is what writing and
checksums take, and no extractor. Shards hold 10,000. GCCA is learned from moments of five folds, as ``fit --shards``
does, and each view is indexed by faiss's IVF-PQ in one task. Every engine runs in a process of its own; `processes` and
`dask` have two workers, Dask's with a limit of 1 GB, beyond which it would end them.

`rows_counted` is what the moments say that they hold. `tasks_at_once` is the mean while any task ran.
`moved_megabytes` are bytes of moments that crossed processes: all of them to the main process for `processes`, those
that workers sent for `dask`, which merges on workers. `merge_seconds` are those of all merges. `peak_mb` is the
largest resident size of the main process, `worker_megabytes` that of a worker, libraries included. Microseconds per
item are processor time of `serial`. So are the `core_seconds_per_shard` of a tenth of the shards and of twice, four
and eight times as many, each described (drawn), learned from and indexed (the view of audio) anew; `linear_exponent`
is the slope of the logarithm of their sum over that of the number of shards: 1 is linear. `worker_within_limit` is 1
where no worker took more than 1 GB. On two cores no speed-up is claimed: seconds are of the clock, beside whatever
else runs.

The last rows are of the photos and captions of Pascal Sentence, described by recipe baseline in shards of 100 and
learned from: `vectors_equal_to_the_bit` and `largest_angle` compare with `serial`.
"""

from benchmarks.rows import BenchmarkError, row
from benchmarks.scale_photos import photo_rows
from benchmarks.scale_work import WIDTHS, WORKER_MEGABYTES, exponent
from benchmarks.timing import child_peak

__all__ = ["DATA", "run"]

DATA = "pascal_sentence"

N, SHARD = 1_000_000, 10_000
QUICK_N, QUICK_SHARD = 16_000, 2_000
ENGINES = ("serial", "processes", "dask")
#: Measure -> unit.
MEASURES = {
    "rows_counted": "",
    "describe_seconds": "s",
    "fit_seconds": "s",
    "index_seconds": "s",
    "merge_seconds": "s",
    "moved_megabytes": "MB",
    "tasks_at_once": "",
    "most_at_once": "",
    "worker_megabytes": "MB",
    "index_megabytes": "MB",
    "describe_microseconds_per_item": "us",
    "fit_microseconds_per_item": "us",
    "index_microseconds_per_item": "us",
    "recall_at_10": "",
}


def run(data, quick=False):
    """Yield the rows of every engine; shards of all engines must be equal to the byte."""
    n, size = (QUICK_N, QUICK_SHARD) if quick else (N, SHARD)
    settings = {"n": n, "shards": n // size, "views": len(WIDTHS)}
    hashes = {}
    for name in ENGINES:
        found = child_peak("benchmarks.scale_work", "engine_figures", engine=name, n=n, size=size)
        figures = found["answer"]
        hashes[name] = (figures["hash"], figures["eigenvalues"])
        for measure, unit in MEASURES.items():
            if measure in figures:
                yield row("scale", name, measure, figures[measure], unit, **settings)
        yield row("scale", name, "peak_mb", found["peak_mb"], "MiB", **settings)
        for step, seconds in figures.get("by_shards", {}).items():
            taken = {int(count): value for count, value in seconds.items()}
            for count, value in taken.items():
                told = settings | {"shards": count, "n": count * size, "step": step}
                yield row("scale", name, "core_seconds_per_shard", value / count, "s", **told)
            yield row("scale", name, "linear_exponent", exponent(taken), "", **settings, step=step)
        within = figures["worker_megabytes"] * 2**20 / 1e6 <= WORKER_MEGABYTES
        limit = {**settings, "limit_megabytes": WORKER_MEGABYTES}
        yield row("scale", name, "worker_within_limit", float(within), "", **limit)
        if not within:
            raise BenchmarkError(f"a worker of {name} took {figures['worker_megabytes']:.0f} MB")
    same = len({str(one) for one in hashes.values()}) == 1
    yield row("scale", "all", "equal_to_the_bit", float(same), "", **settings)
    if not same:
        raise BenchmarkError("engines disagree about the last shard or the alignment")
    yield from photo_rows(data, quick)
