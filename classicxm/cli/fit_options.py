"""Options of ``classicxm fit`` that choose the parts of a model, and what they build."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from classicxm.cli.options import MODALITIES
from classicxm.cli.shared_modalities import shared_modalities
from classicxm.cli.terminal import say_line
from classicxm.spelling import did_you_mean

__all__ = ["Parts", "parts_options"]


#: Items whose codes are looked at.
MOST_CODES = 1000


@dataclass(frozen=True)
class Parts:
    """What was asked for: names of an aligner, an index, modalities and extractors; None or () for the usual ones."""

    aligner: str | None = None
    index: str = "exact"
    recall: float | None = None
    modalities: tuple[str, ...] = ()
    extractors: tuple[str, ...] = ()
    embeddings: tuple[str, ...] = ()
    captions: str = "together"

    def chosen_modalities(self, items: Any) -> list[str]:
        """The modalities to learn: those that were named, by default those that items share."""
        for name in self.modalities:
            if name not in items.modalities:
                raise ValueError(
                    f"{items.name} has {', '.join(items.modalities)}, not {name!r}"
                    f"{did_you_mean(name, items.modalities)}"
                )
        if self.modalities:
            return list(dict.fromkeys(self.modalities))
        chosen, told = shared_modalities(
            [{m for m in record if record[m] is not None} for record in items], list(items.modalities)
        )
        if told:
            say_line(f"classicxm: {told}", err=True)
        return chosen

    def retriever(self, items: Any, recipe: str, output: str, aligner: Any = None, **execution: Any) -> Any:
        """An unfitted retriever of these parts for a collection, to be saved as ``output``."""
        from classicxm.retrieval import make_retriever

        modalities = self.chosen_modalities(items)
        if self.aligner is not None:
            if aligner is not None:
                raise ValueError("--epsilon has an alignment of its own; leave out --aligner")
            aligner = self.named_aligner(items, modalities)
        own = self.named_extractors(modalities)
        retriever = make_retriever(
            recipe, modalities, aligner, extractors=own, captions=self.captions, **execution
        )
        index = self.unfitted_index(output)
        retriever.index = None if _takes_metric(index) else index
        retriever.about_ = {"collection": items.name, "recipe": recipe}
        return retriever

    def named_aligner(self, items: Any, modalities: Sequence[str]) -> Any:
        """The alignment of a name, its settings to be chosen on folds of what it learns from."""
        from classicxm.comparison import NamedAligner
        from classicxm.comparison.aligners import find_aligners

        if len(modalities) < 2:
            raise ValueError("one modality alone is not aligned; leave out --aligner")
        complete = [record for record in items if all(record.get(m) is not None for m in modalities)]
        labelled = all(record.get("label") is not None for record in complete)
        (name,) = find_aligners([str(self.aligner)], labelled)
        return NamedAligner(name, "class" if labelled else "instance")

    def named_extractors(self, modalities: Sequence[str]) -> dict[str, Any]:
        """Extractors by modality, from MODALITY=NAME or MODALITY=NAME:parameter=value,..."""
        found = {}
        for text in self.extractors:
            modality, equals, name = text.partition("=")
            if not equals or modality not in modalities:
                raise ValueError(
                    f"--extractor must be MODALITY=NAME of {', '.join(modalities)}, such as image=GIST, got {text!r}"
                )
            if modality in found:
                raise ValueError(f"--extractor names {modality} twice; give one")
            found[modality] = _extractor(modality, name)
        for modality, extractor in self.embedded(modalities):
            if modality in found:
                raise ValueError(
                    f"{modality} was given two descriptions; give one --extractor or --embeddings"
                )
            found[modality] = extractor
        return found

    def embedded(self, modalities: Sequence[str]) -> Iterator[tuple[str, Any]]:
        """Modalities and the look-up of their vectors in files: of FILE all that it holds, or MODALITY=FILE."""
        from classicxm.datasets.embeddings import embedded_modalities
        from classicxm.encoding import PrecomputedFeatures

        for text in self.embeddings:
            modality, equals, path = text.partition("=")
            if not equals:
                modality, path = "", text
            if modality and modality not in modalities:
                raise ValueError(
                    f"--embeddings must be FILE or MODALITY=FILE of {', '.join(modalities)}, got {text!r}"
                )
            held = [modality] if modality else embedded_modalities(path, modalities)
            if not held:
                raise ValueError(
                    f"--embeddings: {path} holds no array named after {' or '.join(modalities)}; write MODALITY=FILE"
                )
            for name in held:
                yield name, PrecomputedFeatures(path, name)

    def unfitted_index(self, output: str) -> Any:
        """The index of a name; None for the exact one, of the aligner's metric; servers name it as the model."""
        from classicxm.search.named import index_of

        if self.recall is not None and self.index != "lsh":
            raise ValueError(
                f"--recall sets up --index lsh, which is the one that is tuned, not {self.index}"
            )
        return index_of(self.index, table=Path(output).resolve().name)

    def settle(self, retriever: Any, output: str) -> None:
        """Put what is held into the index of the name, under the alignment's metric, which is chosen by then.

        LSH is set up for the recall on what is held. An index that does not know the metric ranks by its usual one.
        """
        from sklearn.base import clone

        from classicxm.search import LSHIndex

        index, metric = self.unfitted_index(output), retriever.aligner_.score_metric
        if not _takes_metric(index):
            self.tell_of_equal_codes(retriever)
            return
        if index.parameter_ranges["metric"].accepts(metric):
            index.set_params(metric=metric)
        else:
            retriever.match_bounds_ = None  # which are of the other metric
            say_line(
                f"classicxm: warning: the alignment scores by {metric}, which --index {self.index} does not know; it "
                f"ranks by {index.metric}",
                err=True,
            )
        retriever.index = index
        for modality, held in retriever.indexes_.items():
            if not len(held):
                retriever.indexes_[modality] = retriever.new_index(modality)
                continue
            vectors, ids, numbers = held.parts(held.ids())
            recall = self.recall
            empty = clone(index) if recall is None else LSHIndex.tuned(vectors, recall, metric=index.metric)
            retriever.indexes_[modality] = retriever.holding(modality, empty).add_parts(vectors, ids, numbers)

    def tell_of_equal_codes(self, retriever: Any) -> None:
        """A warning where an index of codes cannot tell items apart, as signs of posteriors cannot."""
        import numpy as np

        for modality, held in retriever.indexes_.items():
            keys = held.ids()[:MOST_CODES]
            if held.scored_by == "hamming" and len(keys) > 1 and not np.ptp(held.vectors(keys), axis=0).any():
                say_line(
                    f"classicxm: warning: all {modality} items have one code, so --index {self.index} cannot tell them "
                    f"apart; scores are {retriever.aligner_.score_metric}: choose another index, or another --aligner",
                    err=True,
                )


def _takes_metric(index: Any) -> bool:
    """Whether an index lies in this process and ranks by a metric that can be set."""
    return (
        index is not None and not index.filters_itself and index.get_params().get("metric") == index.scored_by
    )


def _extractor(modality: str, text: str) -> Any:
    """A recipe's extractor, or a public class of the modality's room with its parameters."""
    import importlib
    import inspect

    from classicxm.base import Extractor
    from classicxm.parameters import check_parameters
    from classicxm.retrieval import RECIPES, extractor_of

    name, _, given = text.partition(":")
    if name in RECIPES:
        return extractor_of(name, modality)
    room = importlib.import_module(f"classicxm.{modality}")
    classes = {
        one: cls
        for one in room.__all__
        if inspect.isclass(cls := getattr(room, one)) and issubclass(cls, Extractor)
        and not any(p.default is p.empty for p in inspect.signature(cls).parameters.values())
    }  # fmt: skip
    if name not in classes:
        known = [*RECIPES, *classes]
        raise ValueError(
            f"unknown {modality} extractor {name!r}{did_you_mean(name, known)}; choose one of {', '.join(known)}"
        )
    parameters, accepted = _parameters(given), inspect.signature(classes[name]).parameters
    if unknown := next((one for one in parameters if one not in accepted), None):
        raise ValueError(
            f"{name} has no parameter {unknown!r}{did_you_mean(unknown, accepted)}; it has {', '.join(accepted)}"
        )
    extractor = classes[name](**parameters)
    check_parameters(extractor)
    return extractor


def _parameters(text: str) -> dict[str, Any]:
    """``a=1,b=(2,3),c=two`` as keyword arguments; a bare word is a text, and nothing else than plain values is read.

    >>> _parameters("radii=(1, 2),kind=two")
    {'radii': (1, 2), 'kind': 'two'}
    """
    try:
        call = ast.parse(f"f({text})", mode="eval").body
        if not isinstance(call, ast.Call) or call.args:
            raise ValueError("a value without a name")
        named = [(keyword.arg, keyword.value) for keyword in call.keywords]
        return {
            str(name): value.id if isinstance(value, ast.Name) else ast.literal_eval(value)
            for name, value in named
        }
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise ValueError(
            f"parameters of an extractor are name=value,name=value, got {text!r:.80} ({error})"
        ) from None


def parts_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--aligner, --index, --recall, --modalities, --extractor and --captions, which reach the command as ``parts``."""

    @functools.wraps(command)
    def with_parts(
        aligner: str | None,
        index: str,
        recall: float | None,
        modalities: str | None,
        extractor: tuple[str, ...],
        embeddings: tuple[str, ...],
        captions: str,
        **given: Any,
    ) -> Any:
        names = tuple(part.strip() for part in (modalities or "").split(",") if part.strip())
        parts = Parts(aligner, index, recall, names, extractor, embeddings, captions)
        return command(parts=parts, **given)

    for option in (
        click.option(
            "--captions",
            type=click.Choice(["together", "single"]),
            default="together",
            show_default=True,
            help="Index the captions of an item as one text, or each for itself: the best one then answers.",
        ),
        click.option(
            "--embeddings",
            multiple=True,
            metavar="[MODALITY=]FILE",
            help="Vectors of a file (.npz, .npy, .mat, .csv, .parquet) by id or path, in place of an extractor; may be "
            "repeated.",
        ),
        click.option(
            "--extractor",
            multiple=True,
            metavar="MODALITY=NAME",
            help="Of a recipe or a class, such as image=GIST or image=LBP:grid=(2,2); may be repeated.",
        ),
        click.option(
            "--modalities",
            metavar="NAME,NAME",
            help=f"Of {', '.join(MODALITIES)}.  [default: those that items share]",
        ),
        click.option(
            "--recall",
            type=click.FloatRange(0, 1, min_open=True),
            help="With --index lsh: tune it until it finds this share of the exact neighbours.",
        ),
        click.option(
            "--index",
            default="exact",
            show_default=True,
            help="Index of the items: exact, lsh, hamming, nearpy, faiss, faiss:KIND, "
            "postgres://USER@HOST/DATABASE, qdrant:FOLDER, qdrant+http://HOST:6333; several servers separated by "
            "commas share the items.",
        ),
        click.option(
            "--aligner",
            metavar="NAME",
            help="Such as CCA, PLS, KCCA, SM; settings are chosen on folds. Identity: none, for views of one space. "
            "[default: chosen on folds; --quick: CCA]",
        ),
    ):
        with_parts = option(with_parts)
    return with_parts
