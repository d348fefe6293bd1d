"""Golden numbers of convolutional networks with several outputs or classes (images.json): plain numpy and scipy, nothing of the package.

Kernels by a recursion over all pairs of positions; the order parameter over functions and final positions; the action at one such matrix, and
minimised over Cholesky factors by scipy with differences for the gradient; predictions at the minimum with dense matrices.
"""

import json

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

rng = np.random.default_rng(7)
P, PT, SIDE = 9, 4, 5
X = np.round(rng.normal(size=(P, SIDE * SIDE)), 3)
XT = np.round(rng.normal(size=(PT, SIDE * SIDE)), 3)
W = rng.normal(size=(SIDE * SIDE, 3))
Y2 = np.round(X @ W[:, :2] / 5 + 0.3 * rng.normal(size=(P, 2)), 3)
LABELS = np.argmax(X @ W + rng.normal(size=(P, 3)), axis=1)
PRIORS = [0.5, 0.3, 0.4]
# (patch, stride, rows and columns of zeros before the first) of each layer: 5 x 5 pixels, 5 x 5 positions ("same"), 2 x 2 positions.
LAYERS = [(3, 1, 1, 5), (3, 2, 0, 2)]


def patches(side, patch, stride, before, out):
    """For every position the input positions under its filter, -1 outside."""
    rows = []
    for y in range(out):
        for x in range(out):
            cover = []
            for t in range(patch):
                for s in range(patch):
                    i, j = y * stride + t - before, x * stride + s - before
                    cover.append(i * side + j if 0 <= i < side and 0 <= j < side else -1)
            rows.append(cover)
    return rows


def blocks(images):
    """H[mu, nu, i, j] between all final positions of all images."""
    k = images[:, None, :, None] * images[None, :, None, :]
    side = SIDE
    for layer, (patch, stride, before, out) in enumerate(LAYERS):
        cover = patches(side, patch, stride, before, out)
        n = out * out
        c = np.zeros(k.shape[:2] + (n, n))
        for i in range(n):
            for j in range(n):
                for p, q in zip(cover[i], cover[j]):
                    if p >= 0 and q >= 0:
                        c[:, :, i, j] += k[:, :, p, q] / (PRIORS[layer] * patch * patch)
        v = np.einsum("mmii->mi", c)
        norm = np.sqrt((1 + 2 * v)[:, None, :, None] * (1 + 2 * v)[None, :, None, :])
        k = 2 / np.pi * np.arcsin(2 * c / norm)
        side = out
    return k


H = blocks(np.vstack([X, XT]))
D = H.shape[2]
SCALE = 1 / (PRIORS[-1] * D)


def covariance(q, n, left, right):
    """Cov(g_a(mu), g_b(nu)), functions slowest."""
    q4 = q.reshape(n, D, n, D)
    h = H[np.ix_(left, right)]
    c = SCALE * np.einsum("aibj,mnij->ambn", q4, h)
    return c.reshape(n * len(left), n * len(right))


TRAIN, TEST = np.arange(P), P + np.arange(PT)


def entropy(q, depth):
    v = np.linalg.eigvalsh(q)
    return (depth * v ** (1 / depth)).sum() - depth * len(v) - np.log(v).sum()


def numbers_log_z(q, n, temperature):
    y = Y2[:, :n].T.ravel()
    a = covariance(q, n, TRAIN, TRAIN) + temperature * np.eye(n * P)
    return -0.5 * (np.linalg.slogdet(a / temperature)[1] + y @ np.linalg.solve(a, y))


def numbers_predict(q, n, temperature):
    y = Y2[:, :n].T.ravel()
    a = covariance(q, n, TRAIN, TRAIN) + temperature * np.eye(n * P)
    kx = covariance(q, n, TRAIN, TEST)
    kxx = covariance(q, n, TEST, TEST)
    mean = kx.T @ np.linalg.solve(a, y)
    cov = kxx - kx.T @ np.linalg.solve(a, kx)
    mean = mean.reshape(n, PT).T
    cov = np.einsum("atbt->tab", cov.reshape(n, PT, n, PT))
    return mean, cov


def helmert(d):
    b = np.zeros((d, d - 1))
    for k in range(d - 1):
        b[: k + 1, k] = 1
        b[k + 1, k] = -(k + 1)
        b[:, k] /= np.sqrt((k + 1) * (k + 2))
    return b


def laplace(c, y, d, beta):
    """Newton's method for contrasts of covariance c (functions slowest): alpha, W and log Z."""
    b = helmert(d)
    n, p = d - 1, len(y)
    a = np.zeros(n * p)

    def logits(a):
        return b @ (c @ a).reshape(n, p)

    def height(a):
        f = logits(a)
        return beta * (f[y, np.arange(p)] - logsumexp(f, axis=0)).sum() - 0.5 * a @ c @ a

    for _ in range(60):
        pi = softmax(logits(a), axis=0)
        hot = np.eye(d)[y].T
        grad = beta * (b.T @ (hot - pi)).ravel()
        w = np.zeros((n, p, n, p))
        for mu in range(p):
            w[:, mu, :, mu] = beta * b.T @ (np.diag(pi[:, mu]) - np.outer(pi[:, mu], pi[:, mu])) @ b
        w = w.reshape(n * p, n * p)
        step = np.linalg.solve(np.eye(n * p) + w @ c, grad - a)
        t = 1.0
        while height(a + t * step) < height(a) - 1e-14 and t > 1e-8:
            t /= 2
        a = a + t * step
    return a, w, height(a) - 0.5 * np.linalg.slogdet(np.eye(n * p) + w @ c)[1]


def classes_predict(q, d, beta):
    n = d - 1
    c = covariance(q, n, TRAIN, TRAIN)
    a, w, _ = laplace(c, LABELS % d, d, beta)
    kx, kxx = covariance(q, n, TRAIN, TEST), covariance(q, n, TEST, TEST)
    m = np.linalg.solve(np.eye(n * P) + w @ c, w)
    b = helmert(d)
    mean = (kx.T @ a).reshape(n, PT)
    cov = np.einsum("atbt->tab", (kxx - kx.T @ m @ kx).reshape(n, PT, n, PT))
    return (b @ mean).T, np.einsum("ca,tab,db->tcd", b, cov, b)


def minimum(log_z, order, depth, width):
    rows, columns = np.tril_indices(order)

    def matrix(x):
        lower = np.zeros((order, order))
        lower[rows, columns] = x
        return lower @ lower.T

    def action(x):
        return entropy(matrix(x), depth) - 2 / width * log_z(matrix(x))

    x = np.eye(order)[rows, columns]
    for _ in range(3):
        # Central differences: the gradient's error is of second order.
        def slope(x, h=1e-5):
            return np.array([(action(x + h * e) - action(x - h * e)) / (2 * h) for e in np.eye(len(x))])

        best = minimize(action, x, jac=slope, method="BFGS", options={"gtol": 1e-11, "maxiter": 500})
        x = best.x
    return best.fun, matrix(x)


def some(order):
    """A positive matrix that any language can repeat."""
    i = np.arange(order)
    r = np.eye(order) + 0.3 * np.sin(1.7 * i[:, None] + 0.9 * i[None, :] * i[:, None] + 0.4)
    return r @ r.T


if __name__ == "__main__":
    out = {"inputs": X.tolist(), "test": XT.tolist(), "targets": Y2.tolist(), "labels": LABELS.tolist(), "priors": PRIORS}
    depth, width, temperature, beta = 2, 6, 0.1, 1.3
    for n in (1, 2):
        q = some(n * D)
        value = entropy(q, depth) - 2 / width * numbers_log_z(q, n, temperature)
        s, best = minimum(lambda q: numbers_log_z(q, n, temperature), n * D, depth, width)
        mean, cov = numbers_predict(best, n, temperature)
        out[f"outputs{n}"] = {"value": value, "action": s, "q": best.tolist(), "mean": mean.tolist(), "covariance": cov.tolist()}
    for d in (2, 3):
        y = LABELS % d
        q = some((d - 1) * D)

        def log_z(q):
            return laplace(covariance(q, d - 1, TRAIN, TRAIN), y, d, beta)[2]

        value = entropy(q, depth) - 2 / width * log_z(q)
        s, best = minimum(log_z, (d - 1) * D, depth, width)
        mean, cov = classes_predict(best, d, beta)
        out[f"classes{d}"] = {"value": value, "action": s, "q": best.tolist(), "mean": mean.tolist(), "covariance": cov.tolist()}
    with open("images.json", "w") as file:
        json.dump(out, file, indent=1)
        file.write("\n")
