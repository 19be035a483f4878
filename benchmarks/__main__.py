"""Run one benchmark: ``python -m benchmarks NAME [--data DIR] [--quick] [--seeds N] [--json FILE] [--plot FILE]``.

Benchmarks of quality run under five seeds and print the mean; ``--seeds 1`` is quicker and shows rows as they come.
"""

import importlib
import os
import tempfile
from pathlib import Path

import click

from benchmarks.environment import environment
from benchmarks.rows import BenchmarkError, table_line, write_json
from benchmarks.seeds import rows_of_seeds
from classicxm.errors import MissingExtraError


def names():
    """Names of the benchmarks: every module of this folder that defines ``run``."""
    # Their text tells, without importing what they need.
    modules = sorted(Path(__file__).parent.glob("*.py"))
    return [module.stem for module in modules if "\ndef run(" in module.read_text(encoding="utf-8")]


def default_data(module, name):
    """Where a benchmark's data lie: $CLASSICXM_DATA/NAME, or ../shared/data/NAME beside the project."""
    root = os.environ.get("CLASSICXM_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(root) / getattr(module, "DATA", name)


def check_picture(module, picture):
    """Refuse a picture that could not be drawn, before anything is measured."""
    if not hasattr(module, "plot"):
        raise BenchmarkError("it draws no picture; leave out --plot")
    try:
        from matplotlib.backend_bases import FigureCanvasBase
    except ImportError:
        raise MissingExtraError("plot", "matplotlib") from None
    kinds = sorted(FigureCanvasBase.get_supported_filetypes())
    if picture.suffix[1:].lower() not in kinds:
        raise BenchmarkError(
            f"no picture can be written to {picture.name}; end its name in one of {', '.join(kinds)}"
        )


def rows_of(module, name, data, quick, seeds, keep):
    """Rows as they come under one seed, or their means once all seeds have run."""
    if seeds == 1:
        yield from module.run(data or default_data(module, name), quick)
    else:
        if quick:
            raise BenchmarkError("--quick takes one seed; leave out one of the two")
        with tempfile.TemporaryDirectory() as folder:
            if keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
            yield from rows_of_seeds(name, data, seeds, keep or folder)


class RefusedError(click.ClickException):
    """A request that cannot be met: one line, exit code 2."""

    exit_code = 2


@click.command(epilog="Benchmarks: " + ", ".join(names()))
@click.argument("name")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the data set the benchmark reads.")
@click.option("--quick", is_flag=True, help="Fewer and smaller cases, for a check that it runs.")
@click.option(
    "--seeds",
    type=click.IntRange(1),
    help="Means over so many seeds.  [default: 5 for quality, 1 for --quick]",
)
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder where every seed's own rows stay, so that a run that was stopped goes on.",
)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the rows to this file too.")
@click.option(
    "--plot", "picture", type=click.Path(path_type=Path), help="Draw the rows into this image file."
)
def main(name, data, quick, seeds, keep, json_file, picture):
    """Run the benchmark NAME and print its rows."""
    if name not in names():
        raise RefusedError(f"no benchmark {name!r}; there are {', '.join(names())}")
    if data is not None and not data.exists():
        raise RefusedError(f"no data at {data}")
    for file in filter(None, (json_file, picture)):
        if not file.resolve().parent.is_dir():
            raise RefusedError(f"no folder {file.resolve().parent} to write {file.name} to")
    rows = []
    try:
        module = importlib.import_module(f"benchmarks.{name}")
        if picture is not None:
            check_picture(module, picture)
        where = {"benchmark": name, "quick": quick, **environment()}
        click.echo(f"{name} on {where['cpu']}, {where['cores']} cores, {where['threads']} threads")
        click.echo(table_line())
        seeds = seeds or (1 if quick else getattr(module, "SEEDS", 1))
        where["seeds"] = seeds
        for result in rows_of(module, name, data, quick, seeds, keep):
            rows.append(result)
            click.echo(table_line(result))
        if json_file is not None:
            write_json(json_file, where, rows)
        if picture is not None:
            module.plot(rows, picture)
    except (BenchmarkError, ImportError, OSError, ValueError) as error:
        raise RefusedError(f"{name}: {' '.join(str(error).split())}") from error


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
