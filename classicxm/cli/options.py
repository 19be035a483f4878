"""What commands share: options, one line for every warning and every item left out, JSON as it is printed."""

import functools
import json
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

import click
from click.core import ParameterSource

from classicxm.cli.terminal import say_line
from classicxm.numerals import written_float
from classicxm.reports.tables import escaped

if TYPE_CHECKING:
    from classicxm.retrieval import CrossModalRetriever

__all__ = [
    "MODALITIES",
    "Number",
    "as_printed",
    "execution_options",
    "given_options",
    "json_option",
    "model_argument",
    "one_line_warnings",
    "outside_option",
    "protocol_option",
    "query_options",
    "recipe_option",
    "report",
]

Command = Callable[..., Any]
Opened = Callable[[], "CrossModalRetriever"]  # loads the model that a command was given
MODALITIES = ("text", "image", "audio", "video")
MEDIA = {"text": "A text", "image": "An image file", "audio": "A sound file", "video": "A video file"}

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
recipe_option = click.option(
    "--recipe", default="standard", show_default=True, help="Features: baseline, standard, strong."
)
protocol_option = click.option(
    "--protocol",
    default="wiki",
    show_default=True,
    help="mAP as: wiki, at50, 11pt, hashing, trec; or captions.",
)


outside_option = click.option(
    "--allow-outside", is_flag=True, help="Open paths that lead out of the collection's folder too."
)


def given_options() -> dict[str, str]:
    """What was given of the running command and not left at its default: parameters as they are written, by name."""
    context = click.get_current_context()
    usual = (ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP, None)
    return {
        str(one.name): one.human_readable_name if isinstance(one, click.Argument) else max(one.opts, key=len)
        for one in context.command.params
        if context.get_parameter_source(str(one.name)) not in usual
    }


class Number(click.ParamType):
    """A finite number in digits, a point and an exponent: no ``1_0``, ``inf`` or ``nan``."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number, or click's message for one that is none."""
        number = value if isinstance(value, float) else written_float(str(value).strip())
        if number is None:
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


def model_argument(command: Command) -> Command:
    """MODEL with --trust, --root and --allow-outside; the command gets ``model``, its path, and ``opened``, a function
    that loads it."""

    @functools.wraps(command)
    def with_model(
        model: str, trust: Sequence[str], root: str | None, allow_outside: bool, **given: Any
    ) -> Any:
        def opened() -> "CrossModalRetriever":
            from classicxm.retrieval import CrossModalRetriever

            return CrossModalRetriever.load(model, trust, root, allow_outside)

        return command(model=model, opened=opened, **given)

    for option in (
        outside_option,
        click.option("--root", type=click.Path(), help="Where the collection's folder lies now."),
        click.option(
            "--trust", multiple=True, metavar="PACKAGE", help="Whose classes a model may hold; repeatable."
        ),
        click.argument("model", type=click.Path()),
    ):
        with_model = option(with_model)
    return with_model


def query_options(role: str, multiple: bool = False) -> Callable[[Command], Command]:
    """--text, --image, --audio and --video, which reach the command as ``query``: a dict of those that were given.

    Parameters
    ----------
    role : str
        What they are for; ends every help text.
    multiple : bool, default=False
        Whether each may be repeated; the dict then holds tuples.
    """

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def asked(**given: Any) -> Any:
            items = {modality: given.pop(modality) for modality in MODALITIES}
            query = {modality: item for modality, item in items.items() if item not in (None, ())}
            return command(query=query, **given)

        for modality in reversed(MODALITIES):
            kind = str if modality == "text" else click.Path()
            words = f"{MEDIA[modality]} {role}{'; may be repeated' if multiple else ''}."
            asked = click.option(f"--{modality}", type=kind, multiple=multiple, help=words)(asked)
        return asked

    return decorate


def execution_options(command: Command) -> Command:
    """--n-jobs, --on-error and --cache, as every command that describes items takes them."""
    for option in (
        click.option("--cache", type=click.Path(file_okay=False), help="Folder of descriptions to reuse."),
        click.option(
            "--on-error",
            type=click.Choice(["raise", "skip", "zero"]),
            default="raise",
            show_default=True,
            help="What an item that cannot be read does: stop, be left out, or become a zero vector.",
        ),
        click.option("--n-jobs", type=int, default=-1, show_default=True, help="Workers; -1: all cores."),
    ):
        command = option(command)
    return command


def report(problems: Iterable[Any], skipped: Iterable[Any], empty: Iterable[Any]) -> None:
    """One line on stderr for every item that did not go in as it should."""
    for note in [*problems, *skipped, *empty]:
        say_line(f"classicxm: {note}", err=True)


def as_printed(value: Any) -> str:
    """JSON values as every --json prints them: readable by people too, escaped where a terminal would obey."""
    lines = json.dumps(value, indent=1, ensure_ascii=False).split("\n")
    return "\n".join(_json_escaped(line) for line in lines)


def _json_escaped(line: str) -> str:
    """The line of JSON with whatever `escaped` would change, which is inside strings, as JSON escapes it."""
    if escaped(line) == line:
        return line
    return "".join(one if escaped(one) == one else json.dumps(one)[1:-1] for one in line)


def one_line_warnings() -> None:
    """Show warnings of users' concern as one line each, and no others."""
    warnings.showwarning = _one_line_warning


def _one_line_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    if category.__module__.startswith("classicxm") or issubclass(category, UserWarning):
        say_line(f"classicxm: warning: {message}", err=True)
