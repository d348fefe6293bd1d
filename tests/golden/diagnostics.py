"""Golden values of the convergence diagnostics, from the definitions alone: python3 diagnostics.py > diagnostics.json

Vehtari, Gelman, Simpson, Carpenter, Bürkner, Bayesian Analysis 16 (2021), written out with plain sums (no Fourier transform, no
packages); draws come from a linear congruential generator, so that the file repeats on any machine.
"""
import json
import math
from statistics import NormalDist, mean, variance

NORMAL = NormalDist()


class Generator:
    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (6364136223846793005 * self.state + 1442695040888963407) % 2**64
        return ((self.state >> 11) + 0.5) / 2**53

    def normal(self):
        return NORMAL.inv_cdf(self.uniform())


def autoregressive(seed, chains, draws, phi, shift=0.0):
    generator = Generator(seed)
    result = []
    for c in range(chains):
        x = generator.normal() / math.sqrt(1 - phi * phi)
        chain = []
        for _ in range(draws):
            x = phi * x + generator.normal()
            chain.append(round(x + c * shift, 6))
        result.append(chain)
    return result


def cauchy(seed, chains, draws):
    generator = Generator(seed)
    return [[round(math.tan(math.pi * (generator.uniform() - 0.5)), 6) for _ in range(draws)] for _ in range(chains)]


def counts(seed, chains, draws):
    """Integers: many ties."""
    generator = Generator(seed)
    return [[float(int(4 * generator.uniform())) for _ in range(draws)] for _ in range(chains)]


def split(chains):
    n = len(chains[0])
    h = n // 2
    return [half for c in chains for half in (c[:h], c[n - h:])]


def pool(chains):
    return [x for c in chains for x in c]


def quantile(chains, p):
    s = sorted(pool(chains))
    place = p * (len(s) - 1)
    k = math.floor(place)
    return s[k] if k == place else s[k] + (place - k) * (s[k + 1] - s[k])


def ranks(chains):
    values = pool(chains)
    total = len(values)

    def score(x):
        below = sum(v < x for v in values)
        equal = sum(v == x for v in values)
        return NORMAL.inv_cdf((below + (equal + 1) / 2 - 3 / 8) / (total + 1 / 4))

    return [[score(x) for x in c] for c in chains]


def rhat(chains):
    n = len(chains[0])
    w = mean(variance(c) for c in chains)
    b = n * variance([mean(c) for c in chains])
    return math.sqrt(((n - 1) / n * w + b / n) / w)


def rank_rhat(chains):
    halves = split(chains)
    median = quantile(halves, 0.5)
    folded = [[abs(x - median) for x in c] for c in halves]
    return max(rhat(ranks(halves)), rhat(ranks(folded)))


def ess(chains):
    m, n = len(chains), len(chains[0])

    def covariance(t):
        total = 0.0
        for c in chains:
            a = mean(c)
            total += sum((c[i] - a) * (c[i + t] - a) for i in range(n - t)) / n
        return total / m

    c = [covariance(t) for t in range(n)]
    w = c[0] * n / (n - 1)
    plus = c[0] + (variance([mean(x) for x in chains]) if m > 1 else 0.0)
    rho = [1.0] + [1 - (w - c[t]) / plus for t in range(1, n)]
    pairs = []
    t = 0
    while t + 1 < n and rho[t] + rho[t + 1] > 0:
        pairs.append(rho[t] + rho[t + 1])
        t += 2
    for k in range(1, len(pairs)):
        pairs[k] = min(pairs[k], pairs[k - 1])
    tail = max(rho[t], 0.0) if t < n else 0.0
    tau = -1 + 2 * sum(pairs) + tail
    return m * n / max(tau, 1 / math.log10(m * n))


def ess_quantile(chains, p):
    q = quantile(chains, p)
    below = [[float(x <= q) for x in c] for c in chains]
    return ess(split(below)) if 0 < sum(pool(below)) < len(pool(below)) else math.inf


def beta_quantile(a, b, p):
    """By the trapezoidal rule after x = 1/(1 + e^-u), which makes it converge geometrically."""
    constant = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    h = 0.0005
    total, u = 0.0, -40.0
    previous = 0.0
    while u < 40.0:
        density = math.exp(constant - a * math.log1p(math.exp(-u)) - b * math.log1p(math.exp(u)))
        step = h * (density + previous) / 2
        if total + step >= p:
            u -= h * (total + step - p) / step
            return 1 / (1 + math.exp(-u))
        total, previous, u = total + step, density, u + h
    raise ValueError("no quantile")


def mcse_quantile(chains, p):
    size = ess_quantile(chains, p)
    s = sorted(pool(chains))
    low, high = (beta_quantile(size * p + 1, size * (1 - p) + 1, NORMAL.cdf(side)) for side in (-1, 1))
    a = max(math.floor(low * len(s)), 1)
    b = min(math.ceil(high * len(s)), len(s))
    return (s[b - 1] - s[a - 1]) / 2


def mcse_deviation(chains):
    m = mean(pool(chains))
    size = ess(split([[abs(x - m) for x in c] for c in chains]))
    second = mean((x - m) ** 2 for x in pool(chains))
    fourth = mean((x - m) ** 4 for x in pool(chains))
    return math.sqrt((fourth - second**2) / size / second / 4)


def row(name, chains):
    return {
        "name": name,
        "draws": chains,
        "splitRHat": rhat(split(chains)),
        "rankRHat": rank_rhat(chains),
        "bulk": ess(ranks(split(chains))),
        "tail": min(ess_quantile(chains, 0.05), ess_quantile(chains, 0.95)),
        "mean": ess(split(chains)),
        "median": ess_quantile(chains, 0.5),
        "errorOfMean": math.sqrt(variance(pool(chains)) / ess(split(chains))),
        "errorOfDeviation": mcse_deviation(chains),
        "errorOfQuantile30": mcse_quantile(chains, 0.3),
    }


rows = [
    row("slow", autoregressive(1, 4, 60, 0.8)),
    row("alternating", autoregressive(2, 2, 75, -0.6)),
    row("shifted", autoregressive(3, 3, 50, 0.3, shift=0.7)),
    row("one chain", autoregressive(4, 1, 121, 0.5)),
    row("heavy tails", cauchy(5, 4, 40)),
    row("ties", counts(6, 4, 40)),
]
print(json.dumps(rows, indent=1).replace(",\n    ", ", ").replace("[\n    ", "["))
