"""Where public names and modules of earlier layouts live now."""

import importlib
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType
from typing import Any

__all__ = ["MODULES", "NAMES", "forwarding"]

#: Public names that another package exports now, under the same name or another.
NAMES: dict[str, dict[str, str | tuple[str, str]]] = {
    "classicxm.evaluation": {
        "Comparison": "classicxm.comparison",
        "DISTANCES": "classicxm.comparison",
        "FeatureSet": "classicxm.comparison",
        "Plan": "classicxm.comparison",
        "Targets": "classicxm.comparison",
        "load_comparison": "classicxm.comparison",
        "run_comparison": "classicxm.comparison",
        "write_report": "classicxm.reports",
    },
    "classicxm.retrieval": {
        "ALIGNERS": "classicxm.comparison",
        "Assessment": "classicxm.comparison",
        "Comparing": "classicxm.comparison",
        "assess": "classicxm.comparison",
        "find_material": "classicxm.comparison",
        "searched_aligner": "classicxm.comparison",
        "FeatureBlocks": "classicxm.encoding",
        "PrecomputedFeatures": "classicxm.encoding",
        "HitRate": "classicxm.evaluation",
        "at_random": "classicxm.evaluation",
        "by_popularity": "classicxm.evaluation",
        "by_retriever": "classicxm.evaluation",
        "leave_one_out": ("classicxm.evaluation", "hit_rates"),
        "Answer": "classicxm.reports",
        "answers_html": "classicxm.reports.answers_page",
        "write_page": "classicxm.reports",
        "explained_page": "classicxm.reports",
        "write_explanation": "classicxm.reports",
    },
}

#: Modules that have another name now; importing one says so.
MODULES = {
    "classicxm.alignment.affine": "classicxm.alignment.linear_pullback",
    "classicxm.alignment.indicators": "classicxm.labels",
    "classicxm.alignment.correction": "classicxm.alignment.hubness",
    "classicxm.alignment.label": "classicxm.alignment.label_cca",
    "classicxm.alignment.products": "classicxm.alignment.blas",
    "classicxm.alignment.stages": "classicxm.alignment.two_stage_fit",
    "classicxm.constraints": "classicxm.parameters",
    "classicxm.evaluation.compare": "classicxm.comparison.experiment",
    "classicxm.evaluation.comparison": "classicxm.comparison.result",
    "classicxm.evaluation.comparison_files": "classicxm.comparison.result_files",
    "classicxm.evaluation.labels": "classicxm.labels",
    "classicxm.evaluation.journal": "classicxm.comparison.journal",
    "classicxm.evaluation.plan": "classicxm.comparison.plan",
    "classicxm.evaluation.plots": "classicxm.reports.charts",
    "classicxm.evaluation.report": "classicxm.reports.comparison",
    "classicxm.evaluation.report_details": "classicxm.reports.comparison_details",
    "classicxm.evaluation.report_page": "classicxm.reports.comparison_page",
    "classicxm.evaluation.report_tables": "classicxm.reports.comparison_tables",
    "classicxm.evaluation.svg": "classicxm.reports.charts",
    "classicxm.evaluation.table_formats": "classicxm.reports.tables",
    "classicxm.evaluation.trials": "classicxm.comparison.trials",
    "classicxm.lazy": "lazy_loader",
    "classicxm.parts": "classicxm.attribution",
    "classicxm.reports.plots": "classicxm.reports.charts",
    "classicxm.reports.svg": "classicxm.reports.charts",
    "classicxm.reports.table_formats": "classicxm.reports.tables",
    "classicxm.retrieval.aligners": "classicxm.comparison.aligners",
    "classicxm.retrieval.assessment": "classicxm.comparison.assessment",
    "classicxm.retrieval.blocks": "classicxm.encoding.feature_blocks",
    "classicxm.retrieval.answering": "classicxm.retrieval.retriever",
    "classicxm.retrieval.comparing": "classicxm.comparison.experiment",
    "classicxm.retrieval.embedded": "classicxm.comparison.embedded",
    "classicxm.retrieval.explanation_page": "classicxm.reports.explanation_page",
    "classicxm.retrieval.files": "classicxm.retrieval.retriever",
    "classicxm.retrieval.learning": "classicxm.retrieval.retriever",
    "classicxm.retrieval.histories": "classicxm.evaluation.leave_one_out",
    "classicxm.retrieval.items": "classicxm.retrieval.documents",
    "classicxm.retrieval.material": "classicxm.comparison.material",
    "classicxm.retrieval.page": "classicxm.reports.answers_page",
    "classicxm.retrieval.precomputed": "classicxm.encoding.precomputed",
    "classicxm.retrieval.views": "classicxm.retrieval.description",
    "classicxm.search.keys": "classicxm.search.hash_keys",
    "classicxm.search.ranks": "classicxm.search.argsort",
    "classicxm.search.stable": "classicxm.search.p_stable",
    "classicxm.search.store": "classicxm.search.vector_store",
    "classicxm.search.stored": "classicxm.search.base",
    "classicxm.tables": "classicxm.reports.tables",
}


def forwarding(package: str, getattribute: Callable[[str], Any]) -> Callable[[str], Any]:
    """A package's ``__getattr__`` that also finds the names which moved out of it."""

    def __getattr__(name: str) -> Any:
        if name in NAMES[package]:
            found = NAMES[package][name]
            room, name = found if isinstance(found, tuple) else (found, name)
            return getattr(importlib.import_module(room), name)
        return getattribute(name)

    return __getattr__


class _MovedModules(MetaPathFinder):
    """Says where a module went, in place of "No module named"."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> None:
        if fullname in MODULES:
            raise ModuleNotFoundError(f"{fullname} is now {MODULES[fullname]}", name=fullname)


if not any(type(finder).__name__ == "_MovedModules" for finder in sys.meta_path):
    sys.meta_path.append(_MovedModules())
