"""Golden numbers of softmax classification (classification.json): plain numpy and scipy, nothing of the package.

Two classes: Gaussian-process classification with the logistic likelihood by Rasmussen & Williams (2006), algorithms 3.1 and 3.2, in the
difference of the logits, whose kernel is 2 K.  Three classes: Newton's method in all three logits with dense (3 P) x (3 P) matrices.
Finite width: the action minimised over Cholesky factors by scipy, with differences for the gradient.
"""

import json

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logsumexp, softmax

rng = np.random.default_rng(20)
P, PT, N0 = 14, 6, 4
X = np.round(rng.normal(size=(P, N0)), 3)
XT = np.round(rng.normal(size=(PT, N0)), 3)
W = rng.normal(size=(N0, 3))
Y3 = np.argmax(X @ W + 0.7 * rng.normal(size=(P, 3)), axis=1)
Y2 = (X @ W[:, 0] + 0.5 * rng.normal(size=P) > 0).astype(int)
L0, L1 = 0.4, 0.25


def erf_kernel(a, b, depth=1):
    c, ca, cb = a @ b.T / N0 / L0, (a * a).sum(1) / N0 / L0, (b * b).sum(1) / N0 / L0
    for _ in range(depth):
        c = 2 / np.pi * np.arcsin(2 * c / np.sqrt(np.outer(1 + 2 * ca, 1 + 2 * cb))) / L1
        ca, cb = (2 / np.pi * np.arcsin(2 * v / (1 + 2 * v)) / L1 for v in (ca, cb))
    return c, cb


def logistic(k, y):
    """Algorithm 3.1: mode, log Z, gradient of the log likelihood, W, the Cholesky factor of B."""
    f = np.zeros(len(y))
    for _ in range(200):
        pi = expit(f)
        w = pi * (1 - pi)
        root = np.sqrt(w)
        lower = np.linalg.cholesky(np.eye(len(y)) + root[:, None] * k * root)
        b = w * f + (y + 1) / 2 - pi
        a = b - root * np.linalg.solve(lower.T, np.linalg.solve(lower, root * (k @ b)))
        f = k @ a
    log_z = -0.5 * a @ f + log_expit(y * f).sum() - np.log(np.diag(lower)).sum()
    return f, log_z, (y + 1) / 2 - expit(f), root, lower


def logistic_predict(k, kx, kxx, y):
    """Algorithm 3.2, the average over the logistic function by a fine trapezoidal rule."""
    f, log_z, slope, root, lower = logistic(k, y)
    mean = kx.T @ slope
    v = np.linalg.solve(lower, root[:, None] * kx)
    variance = kxx - (v * v).sum(0)
    z = np.linspace(-12, 12, 48001)
    g = np.exp(-z * z / 2)
    g /= g.sum()
    return log_z, mean, variance, np.array([(g * expit(m + np.sqrt(s) * z)).sum() for m, s in zip(mean, variance)])


def classes(c, k, y, beta):
    """The mode in D logits of covariance c (x) k and log Z, damped Newton with dense matrices; logits example after example."""
    p, d = len(y), len(c)
    big = np.kron(k, c)
    hot = np.eye(d)[y]
    a = np.zeros(p * d)

    def height(a):
        f = big @ a
        return beta * (f.reshape(p, d)[np.arange(p), y] - logsumexp(f.reshape(p, d), axis=1)).sum() - 0.5 * a @ f

    for _ in range(100):
        f = big @ a
        pi = softmax(f.reshape(p, d), axis=1)
        w = np.zeros((p * d, p * d))
        for mu in range(p):
            s = slice(mu * d, (mu + 1) * d)
            w[s, s] = beta * (np.diag(pi[mu]) - np.outer(pi[mu], pi[mu]))
        grad = beta * (hot - pi).ravel()
        step = np.linalg.solve(np.eye(p * d) + w @ big, grad - a)
        t = 1.0
        while height(a + t * step) < height(a) and t > 1e-8:
            t /= 2
        a = a + t * step
    return a, w, big, height(a) - 0.5 * np.linalg.slogdet(np.eye(p * d) + w @ big)[1]


def classes_predict(c, k, kx, kxx, y, beta):
    a, w, big, log_z = classes(c, k, y, beta)
    p, d = len(y), len(c)
    m = np.linalg.solve(np.eye(p * d) + w @ big, w)
    centre = np.eye(d) - 1 / d
    means, covariances = [], []
    for t in range(kx.shape[1]):
        cross = np.kron(kx[:, [t]], c)
        means.append(centre @ (cross.T @ a))
        covariances.append(centre @ (kxx[t] * c - cross.T @ m @ cross) @ centre)
    return log_z, np.array(means), np.array(covariances)


def helmert(d):
    b = np.zeros((d, d - 1))
    for k in range(d - 1):
        b[: k + 1, k] = 1
        b[k + 1, k] = -(k + 1)
        b[:, k] /= np.sqrt((k + 1) * (k + 2))
    return b


def saddle(k, y, d, n, depth, beta):
    b = helmert(d)
    rows, columns = np.tril_indices(d - 1)

    def matrix(x):
        lower = np.zeros((d - 1, d - 1))
        lower[rows, columns] = x
        return lower @ lower.T

    def action(x):
        q = matrix(x)
        v = np.linalg.eigvalsh(q)
        entropy = (depth * v ** (1 / depth)).sum() - depth * (d - 1) - np.log(v).sum()
        return entropy - 2 / n * classes(b @ q @ b.T, k, y, beta)[3]

    x = np.eye(d - 1)[rows, columns]
    best = minimize(action, x, method="BFGS", options={"gtol": 1e-10})
    best = minimize(action, best.x, method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-15, "maxiter": 4000})
    return best.fun, matrix(best.x)


def quadrature(k, y, beta, nodes=60):
    """log Z of few examples of two classes, in the difference of the logits, by Gauss-Hermite in every direction of the prior."""
    z, w = np.polynomial.hermite_e.hermegauss(nodes)
    w = w / w.sum()
    root = np.linalg.cholesky(k)
    total = 0.0
    grids = np.meshgrid(*[z] * len(y), indexing="ij")
    weights = np.meshgrid(*[w] * len(y), indexing="ij")
    u = np.stack([g.ravel() for g in grids])
    weight = np.prod(np.stack([g.ravel() for g in weights]), axis=0)
    f = root @ u
    total = (weight * np.exp(beta * log_expit(y[:, None] * f).sum(0))).sum()
    return np.log(total)


if __name__ == "__main__":
    k, _ = erf_kernel(X, X)
    kx, kxx = erf_kernel(X, XT)
    k2, _ = erf_kernel(X, X, 2)
    # Class 0 is the positive one of f_0 - f_1.
    y = 1 - 2 * Y2
    log_z, mean, variance, probability = logistic_predict(2 * k, 2 * kx, 2 * kxx, y)
    beta = 1.7
    out = {
        "inputs": X.tolist(),
        "test": XT.tolist(),
        "priors": [L0, L1],
        "two": {
            "labels": Y2.tolist(),
            "logEvidence": log_z,
            "mean": mean.tolist(),
            "variance": variance.tolist(),
            "probability": probability.tolist(),
        },
    }
    log_z, means, covariances = classes_predict(np.eye(3), k, kx, kxx, Y3, beta)
    out["three"] = {
        "labels": Y3.tolist(),
        "beta": beta,
        "logEvidence": log_z,
        "mean": means.tolist(),
        "covariance": covariances.tolist(),
    }
    rows = []
    for d, labels, n, depth, kernel in [(2, Y2, 5, 1, k), (3, Y3, 6, 1, k), (3, Y3, 9, 2, k2)]:
        s, q = saddle(kernel, labels, d, n, depth, 1.0)
        rows.append({"classes": d, "width": n, "depth": depth, "action": s, "q": q.tolist()})
    out["saddles"] = rows
    few = [0, 1, 2, 3]
    kf = 2 * k[np.ix_(few, few)]
    out["quadrature"] = [
        {"examples": 4, "scale": s, "logEvidence": quadrature(s * kf, y[few], 1.0)} for s in (0.1, 0.3, 1.0)
    ]
    with open("classification.json", "w") as file:
        json.dump(out, file, indent=1)
        file.write("\n")
