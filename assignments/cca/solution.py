"""Canonical correlation analysis: two views of the same items in one common space.

Complete the five functions. Run the file to see what your code reaches on your own data.
"""

# %% setup
import numpy as np

SEED = 0
PLANTED = np.array([0.95, 0.9, 0.8, 0.7])
RIDGE = 1e-6


# %% data
def data(seed=SEED):
    """Paired views (X, Y) of 2400 items, (2400, 20) and (2400, 12), that share four planted correlations."""
    rng = np.random.default_rng(seed)
    n, shared = 2400, len(PLANTED)
    A, B = rng.normal(size=(n, 20)), rng.normal(size=(n, 12))
    B[:, :shared] = PLANTED * A[:, :shared] + np.sqrt(1 - PLANTED**2) * B[:, :shared]
    return A @ rng.normal(size=(20, 20)) + 3.0, B @ rng.normal(size=(12, 12)) - 1.0


# %% covariance
def covariance(X, ridge):
    """Covariance (d, d) of the columns of X (n, d), plus ridge times its mean diagonal on the diagonal."""
    C = np.eye(X.shape[1])
    ### BEGIN SOLUTION
    centred = X - X.mean(axis=0)
    C = centred.T @ centred / (len(X) - 1)
    C = C + ridge * np.trace(C) / len(C) * np.eye(len(C))
    ### END SOLUTION
    return C


# %% whitener
def whitener(C):
    """W (d, d) with W.T @ C @ W = I, for a symmetric positive definite C (d, d)."""
    W = np.zeros_like(C)
    ### BEGIN SOLUTION
    values, vectors = np.linalg.eigh(C)
    W = vectors / np.sqrt(values)
    ### END SOLUTION
    return W


# %% directions
def directions(K, k):
    """U (p, k), s (k,), V (q, k): the k largest singular values s of K (p, q), descending, and their vectors."""
    U, s, V = np.zeros((K.shape[0], k)), np.zeros(k), np.zeros((K.shape[1], k))
    ### BEGIN SOLUTION
    left, values, right = np.linalg.svd(K, full_matrices=False)
    U, s, V = left[:, :k], values[:k], right[:k].T
    ### END SOLUTION
    return U, s, V


# %% project
def project(X, mean, weights, correlations):
    """Rows of X (n, d) in the common space (n, k): centred by mean (d,), times weights (d, k) and correlations (k,)."""
    Z = np.zeros((len(X), weights.shape[1]))
    ### BEGIN SOLUTION
    Z = (X - mean) @ weights * correlations
    ### END SOLUTION
    return Z


# %% success_at_k
def success_at_k(queries, items, k):
    """Share of queries (n, d) whose partner, the same row of items (n, d), is among the k with the largest cosine."""
    share = 0.0
    ### BEGIN SOLUTION
    Q = queries / np.linalg.norm(queries, axis=1, keepdims=True)
    P = items / np.linalg.norm(items, axis=1, keepdims=True)
    scores = Q @ P.T
    ahead = (scores > np.diag(scores)[:, None]).sum(axis=1)
    share = float(np.mean(ahead < k))
    ### END SOLUTION
    return share


# %% report
def fit(X, Y, k):
    """Means, weights and correlations of paired views, by your functions."""
    mean_x, mean_y = X.mean(axis=0), Y.mean(axis=0)
    W_x, W_y = whitener(covariance(X, RIDGE)), whitener(covariance(Y, RIDGE))
    cross = (X - mean_x).T @ (Y - mean_y) / (len(X) - 1)
    U, correlations, V = directions(W_x.T @ cross @ W_y, k)
    return (mean_x, W_x @ U), (mean_y, W_y @ V), correlations


def report(seed=SEED):
    """What your code reaches on the data of a seed: 2000 items to learn from, 400 to test."""
    X, Y = data(seed)
    (mean_x, weights_x), (mean_y, weights_y), correlations = fit(X[:2000], Y[:2000], 4)
    Z_x = project(X[2000:], mean_x, weights_x, correlations)
    Z_y = project(Y[2000:], mean_y, weights_y, correlations)
    return {
        "largest error of a correlation": float(np.abs(correlations - PLANTED).max()),
        "success@1": success_at_k(Z_x, Z_y, 1),
        "success@10": success_at_k(Z_x, Z_y, 10),
    }


if __name__ == "__main__":
    print("by chance: success@1 0.0025, success@10 0.0250")
    for name, value in report().items():
        print(f"{name}: {value:.4f}")
