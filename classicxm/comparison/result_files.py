"""A comparison on disk: ``results.json`` for people and programs, ``per_query.npz`` for measures to come."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from classicxm.comparison.plan import Plan
from classicxm.comparison.result import Comparison, Trial
from classicxm.comparison.trials import Targets
from classicxm.datasets.embedding_files import read_arrays
from classicxm.errors import DamagedFileError
from classicxm.media.contents import contents

__all__ = ["PER_QUERY", "RESULTS", "comparison_arrays", "comparison_facts", "load_comparison"]

RESULTS = "results.json"
PER_QUERY = "per_query.npz"


def comparison_facts(comparison: Comparison) -> dict[str, Any]:
    """What `load_comparison` needs beside the arrays: JSON values."""
    plan = comparison.plan
    return {
        "modalities": comparison.modalities,
        "measures": list(comparison.measures),
        "n_train": comparison.n_train,
        "n_test": comparison.n_test,
        "notes": comparison.notes,
        "plan": {
            "distances": list(plan.distances),
            "indexes": {name: None if one is None else repr(one) for name, one in plan.indexes.items()},
            "protocol": plan.protocol,
            "measures": list(plan.measures),
            "n_folds": plan.n_folds,
            "random_state": plan.random_state,
        },
        "test_labels": comparison.targets.test,
        "trials": [
            {
                "features": trial.features,
                "aligner": trial.aligner,
                "error": trial.error,
                "undefined": trial.undefined,
                **trial.facts,
            }
            for trial in comparison.trials
        ],
    }


def comparison_arrays(comparison: Comparison) -> dict[str, np.ndarray]:
    """Arrays by name: values of every query in single precision, test rows in every space, scores of folds."""
    arrays = {}
    for number, trial in enumerate(comparison.trials):
        for space, views in trial.views.items():
            arrays[f"{number}/{space}/values"] = trial.values[space].astype(np.float32)
            arrays[f"{number}/{space}/folds"] = trial.folds[space]
            arrays |= {f"{number}/{space}/views/{modality}": X for modality, X in views.items()}
        arrays |= {f"{number}/owners/{modality}": rows for modality, rows in trial.owners.items()}
    for number, (_, floors) in enumerate(comparison.floors.items()):
        arrays |= {f"floors/{number}/{name}": values for name, values in floors.items()}
    return arrays


def load_comparison(folder: str | Path) -> Comparison:
    """The `Comparison` of a report folder, from which further measures can be computed without a new run.

    Parameters
    ----------
    folder : path
        What `write_report` wrote.

    Returns
    -------
    Comparison
        Training labels are not stored, and indexes by their text alone.

    Raises
    ------
    FileNotFoundError
        If there is no report.
    DamagedFileError
        If its files are not what was written.
    """
    folder = Path(folder)
    if not (folder / RESULTS).is_file():
        raise FileNotFoundError(f"{folder} holds no report (it has no {RESULTS})")
    try:
        facts = json.loads(contents(folder / RESULTS)[1])["comparison"]
        arrays = read_arrays(folder / PER_QUERY)[0]
        return _restored(facts, arrays)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedFileError(
            folder, f"is not a readable report ({error}); run the comparison again"
        ) from None


def _restored(facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Comparison:
    plan = facts["plan"]
    trials = []
    for number, known in enumerate(facts["trials"]):
        names = list(known.get("spaces", ()))
        trials.append(
            Trial(
                known.pop("features"),
                known.pop("aligner"),
                error=known.pop("error"),
                undefined=known.pop("undefined"),
                views={
                    space: {m: arrays[f"{number}/{space}/views/{m}"] for m in facts["modalities"]}
                    for space in names
                },
                folds={space: arrays[f"{number}/{space}/folds"] for space in names},
                values={space: arrays[f"{number}/{space}/values"] for space in names},
                facts=known,
                owners={
                    m: arrays[f"{number}/owners/{m}"]
                    for m in facts["modalities"]
                    if f"{number}/owners/{m}" in arrays
                },
            )
        )
    floors = {
        name: {key.rpartition("/")[2]: X for key, X in arrays.items() if key.startswith(f"floors/{number}/")}
        for number, name in enumerate(facts["notes"])
    }
    return Comparison(
        trials,
        floors,
        facts["modalities"],
        Plan(
            tuple(plan["distances"]),
            plan["indexes"],
            plan["protocol"],
            tuple(plan["measures"]),
            plan["n_folds"],
            plan["random_state"],
        ),
        Targets(None, facts["test_labels"]),
        facts["n_train"],
        facts["notes"],
    )
