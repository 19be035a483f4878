"""Honest measurement: ranking measures with stated tie policies, protocols, floors and significance."""

from classicxm.lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    {
        "compare": ["run_comparison"],
        "comparison": ["Comparison"],
        "comparison_files": ["load_comparison"],
        "plan": ["DISTANCES", "Plan"],
        "report": ["write_report"],
        "trials": ["FeatureSet", "Targets"],
        "ties": ["TIE_POLICIES", "RankedRelevance", "ranked_relevance"],
        "ranking": [
            "average_precision",
            "first_relevant_rank",
            "interpolated_average_precision",
            "ndcg_at",
            "precision_at",
            "precision_recall_curve",
            "recall_at",
            "reciprocal_rank",
            "success_at",
        ],
        "measures": ["AP_PRESETS", "INSTANCE_MEASURES", "Measure", "measure"],
        "protocols": [
            "class_relevance",
            "evaluate",
            "evaluate_direction",
            "instance_relevance",
            "macro_average",
        ],
        "floors": ["query_blind_floor", "query_blind_scores", "random_floor"],
        "published": ["PublishedResult", "protocol_descriptions", "published_results"],
        "significance": ["bootstrap_interval", "holm", "paired_randomisation_test", "significance_marks"],
        "trec": ["read_qrels", "read_run", "run_matrices", "write_qrels", "write_run"],
    },
)
