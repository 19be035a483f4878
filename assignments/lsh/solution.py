"""Locality-sensitive hashing: near neighbours without looking at every item.

Complete the five functions. Run the file to see what your code reaches on your own data.
"""

# %% setup
import numpy as np

SEED = 0
N_TABLES, N_BITS, K = 8, 12, 10


# %% data
def data(seed=SEED):
    """Unit vectors: items (20000, 64) in 400 clusters, and queries (100, 64) near them."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(400, 64))
    items = centres[rng.integers(400, size=20_000)] + 0.6 * rng.normal(size=(20_000, 64))
    queries = centres[rng.integers(400, size=100)] + 0.6 * rng.normal(size=(100, 64))
    unit = [V / np.linalg.norm(V, axis=1, keepdims=True) for V in (items, queries)]
    return unit[0], unit[1]


# %% exact_top_k
def exact_top_k(query, items, k):
    """Rows (k,) of items (n, d) with the largest inner product with query (d,), best first."""
    rows = np.arange(k)
    ### BEGIN SOLUTION
    rows = np.argsort(-(items @ query), kind="stable")[:k]
    ### END SOLUTION
    return rows


# %% hash_keys
def hash_keys(vectors, planes):
    """Keys (n,) of vectors (n, d), for planes (b, d): bit i, of value 2**i, is 1 where planes[i] @ vector > 0."""
    keys = np.zeros(len(vectors), dtype=int)
    ### BEGIN SOLUTION
    keys = (vectors @ planes.T > 0) @ (1 << np.arange(len(planes)))
    ### END SOLUTION
    return keys


# %% build_table
def build_table(keys):
    """Dict from each key that occurs in keys (n,) to the list of rows that have it, ascending."""
    table = {}
    ### BEGIN SOLUTION
    for row, key in enumerate(keys):
        table.setdefault(int(key), []).append(row)
    ### END SOLUTION
    return table


# %% probe_keys
def probe_keys(projections, n_probes):
    """The n_probes most promising keys for a query with these projections (b,), most promising first.

    A key that differs in some bits costs the sum of the squared projections of those bits; the cheapest come first.
    """
    keys = []
    ### BEGIN SOLUTION
    n_bits = len(projections)
    own = sum(1 << bit for bit in range(n_bits) if projections[bit] > 0)
    flips = np.arange(1 << n_bits)
    changed = (flips[:, None] >> np.arange(n_bits)) & 1
    costs = changed @ np.square(projections)
    cheapest = np.argsort(costs, kind="stable")[:n_probes]
    keys = [int(own ^ flips[row]) for row in cheapest]
    ### END SOLUTION
    return keys


# %% recall_at_k
def recall_at_k(found, exact):
    """Mean share of the exact neighbours that were found; both are lists of one list of rows per query."""
    recall = 0.0
    ### BEGIN SOLUTION
    recall = float(np.mean([len(set(f) & set(e)) / len(e) for f, e in zip(found, exact, strict=True)]))
    ### END SOLUTION
    return recall


# %% report
def search(query, items, tables, planes, n_probes):
    """Rows of the best candidates in all tables, and how many candidates were compared with the query."""
    candidates = set()
    for table, normals in zip(tables, planes, strict=True):
        for key in probe_keys(normals @ query, n_probes):
            candidates.update(table.get(key, []))
    rows = np.array(sorted(candidates), dtype=int)
    if len(rows) == 0:
        return [], 0
    return rows[exact_top_k(query, items[rows], min(K, len(rows)))].tolist(), len(rows)


def report(seed=SEED):
    """Recall@10 and the share of items compared, with 1 and with 16 probes in each of 8 tables of 12 bits."""
    items, queries = data(seed)
    planes = np.random.default_rng(seed + 1).normal(size=(N_TABLES, N_BITS, items.shape[1]))
    tables = [build_table(hash_keys(items, normals)) for normals in planes]
    exact = [exact_top_k(query, items, K).tolist() for query in queries]
    numbers = {}
    for n_probes in (1, 16):
        answers = [search(query, items, tables, planes, n_probes) for query in queries]
        numbers[f"recall@10, probes {n_probes}"] = recall_at_k([rows for rows, _ in answers], exact)
        numbers[f"share compared, probes {n_probes}"] = float(np.mean([n for _, n in answers]) / len(items))
    return numbers


if __name__ == "__main__":
    print("looking at every item: recall@10 1, share compared 1; looking at none: 0 and 0")
    for name, value in report().items():
        print(f"{name}: {value:.4f}")
