"""Alignments: every classical way from paired views into one common subspace."""

from classicxm.lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    {
        "bilinear": ["BilinearRanking"],
        "cca": ["CCA"],
        "cluster": ["ClusterCCA", "MeanCCA"],
        "correction": ["HubCorrection", "csls", "inverted_softmax"],
        "factor": ["CFA"],
        "gma": ["BLM", "GMLDA"],
        "gmmfa": ["GMMFA"],
        "jfssl": ["JFSSL"],
        "kernel": ["KernelCCA"],
        "kernel_ridge": ["KernelRidgeMatching"],
        "label": ["LabelCCA"],
        "lcfs": ["LCFS"],
        "multiview": ["GCCA", "MCCA"],
        "pls": ["PLSSVD", "PLSCanonical", "PLSRegression"],
        "preprocessed": ["Preprocessed"],
        "principal": ["PrincipalComponents"],
        "selection": ["AlignerSearch"],
        "semantic": ["SemanticCorrelationMatching", "SemanticMatching"],
    },
)
