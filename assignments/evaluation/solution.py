"""Evaluation of rankings: runs and judgements, measures, ties, and whether a difference means anything.

Complete the five functions. Run the file to see what your code reaches on your own data.
"""

# %% setup
import itertools
import math
import random

SEED = 0
N_QUERIES, N_ITEMS = 12, 200


# %% data
def data(seed=SEED):
    """Two runs as TREC text, and judgements {query: {item: grade}}; the second run has scores of one digit."""
    draw = random.Random(seed)
    judged, better, worse = {}, [], []
    for number in range(N_QUERIES):
        query = f"q{number}"
        grades = {f"d{item:03d}": draw.choice([0] * 17 + [1, 2, 3]) for item in range(N_ITEMS)}
        judged[query] = {item: grade for item, grade in grades.items() if grade}
        for item, grade in grades.items():
            signal = grade + draw.gauss(0, 1)
            better.append(f"{query} Q0 {item} 0 {signal:.6f} better")
            worse.append(f"{query} Q0 {item} 0 {0.7 * signal + draw.gauss(0, 0.7):.1f} worse")
    draw.shuffle(better)
    draw.shuffle(worse)
    return "\n".join(better), "\n".join(worse), judged


# %% parse_run
def parse_run(text):
    """{query: [(item, score), ...]} of lines "query Q0 item rank score tag", best score first.

    The rank in the file is ignored. Equal scores: the item whose name is greater comes first, as in trec_eval.
    """
    run = {}
    ### BEGIN SOLUTION
    for line in text.split("\n"):
        if line.strip():
            query, _, item, _, score, _ = line.split()
            run.setdefault(query, []).append((item, float(score)))
    for pairs in run.values():
        pairs.sort(key=lambda pair: (pair[1], pair[0]), reverse=True)
    ### END SOLUTION
    return run


# %% average_precision
def average_precision(ranked, relevant):
    """Mean over all relevant items of the precision at the item's rank, 0 for those that are not in ranked."""
    value = 0.0
    ### BEGIN SOLUTION
    wanted, found, total = set(relevant), 0, 0.0
    for rank, item in enumerate(ranked, start=1):
        if item in wanted:
            found += 1
            total += found / rank
    value = total / len(wanted)
    ### END SOLUTION
    return value


# %% ndcg
def ndcg(ranked, grades, k):
    """DCG of the first k ranked items over the largest possible one; grades is {item: grade}, others have grade 0."""
    value = 0.0
    ### BEGIN SOLUTION
    gains = [grades.get(item, 0) for item in ranked[:k]]
    ideal = sorted(grades.values(), reverse=True)[:k]
    dcg, most = (sum(g / math.log2(r + 1) for r, g in enumerate(row, start=1)) for row in (gains, ideal))
    value = dcg / most
    ### END SOLUTION
    return value


# %% expected_precision
def expected_precision(scores, relevant, k):
    """Precision at k, averaged over all orders of items with equal scores.

    scores and relevant (True or False) are lists of the same length, in no particular order.
    """
    value = 0.0
    ### BEGIN SOLUTION
    left, hits = k, 0.0
    for score in sorted(set(scores), reverse=True):
        group = [r for s, r in zip(scores, relevant, strict=True) if s == score]
        taken = min(left, len(group))
        hits += taken * sum(group) / len(group)
        left -= taken
    value = hits / k
    ### END SOLUTION
    return value


# %% randomisation_test
def randomisation_test(a, b):
    """Two-sided p-value of the difference in means of two systems' values per query, over all 2**n swaps."""
    p_value = 1.0
    ### BEGIN SOLUTION
    differences = [x - y for x, y in zip(a, b, strict=True)]
    observed = abs(sum(differences))
    signs = itertools.product((1, -1), repeat=len(differences))
    extreme = [
        abs(sum(s * d for s, d in zip(row, differences, strict=True))) >= observed - 1e-12 for row in signs
    ]
    p_value = sum(extreme) / len(extreme)
    ### END SOLUTION
    return p_value


# %% report
def report(seed=SEED):
    """Both runs by three measures, and the p-value of the difference in average precision."""
    *texts, judged = data(seed)
    numbers, per_query = {}, []
    for name, text in zip(("better", "worse"), texts, strict=True):
        run = parse_run(text)
        rankings = {query: [item for item, _ in run.get(query, [])] for query in judged}
        per_query.append([average_precision(rankings[query], judged[query]) for query in judged])
        numbers[f"MAP, {name} run"] = sum(per_query[-1]) / len(judged)
        gains = [ndcg(rankings[query], judged[query], 10) for query in judged]
        numbers[f"nDCG@10, {name} run"] = sum(gains) / len(judged)
        tied = [
            expected_precision([s for _, s in pairs], [item in judged[query] for item, _ in pairs], 10)
            for query, pairs in run.items()
        ]
        numbers[f"expected P@10, {name} run"] = sum(tied) / len(judged)
    numbers["p-value"] = randomisation_test(*per_query)
    return numbers


if __name__ == "__main__":
    print("by chance: MAP and P@10 about 0.15")
    for name, value in report().items():
        print(f"{name}: {value:.4f}")
