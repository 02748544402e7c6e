"""What few seeds say: Student's t-intervals and tests, Holm's correction, equivalence. Standard library only."""
import math, statistics


def beta(a, b, x):
    """The regularised incomplete beta function by its continued fraction (modified Lentz)."""
    if x <= 0 or x >= 1: return float(x >= 1)
    if x > (a + 1) / (a + b + 2): return 1 - beta(b, a, 1 - x)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    least, c, fraction = 1e-300, 1.0, 1 / (1 - (a + b) * x / (a + 1))
    d, product = fraction, fraction
    for m in range(1, 300):
        for numerator in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d = 1 / ((1 + numerator * d) or least)
            c = (1 + numerator / c) or least
            product *= c * d
        if abs(c * d - 1) < 1e-14: break
    return front * product


def tail(t, freedom):
    """P(T > t)."""
    half = beta(freedom / 2, 0.5, freedom / (freedom + t * t)) / 2
    return half if t >= 0 else 1 - half


def quantile(level, freedom):
    """The t below which `level` of the distribution lies; level ≥ 0.5."""
    low, high = 0.0, 1e4
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if 1 - tail(middle, freedom) < level else (low, middle)
    return (low + high) / 2


def interval(values, level=0.95):
    """Student's interval of the mean; None for fewer than two values."""
    if len(values) < 2: return None
    half = quantile(0.5 + level / 2, len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    return statistics.mean(values) - half, statistics.mean(values) + half


def equal(values, margin):
    """Two one-sided tests at 5 %: whether the 90 % interval lies within ± margin."""
    bounds = interval(values, 0.9)
    return bounds is not None and -margin < bounds[0] and bounds[1] < margin


def p(values):
    """Two-sided p of the mean being 0; 1 for fewer than two values."""
    if len(values) < 2: return 1.0
    error = statistics.stdev(values) / math.sqrt(len(values))
    if error == 0: return float(statistics.mean(values) == 0)
    return 2 * tail(abs(statistics.mean(values)) / error, len(values) - 1)


def holm(ps):
    """Corrected p-values by name."""
    corrected, largest = {}, 0.0
    for index, (name, value) in enumerate(sorted(ps.items(), key=lambda pair: pair[1])):
        largest = max(largest, min(1.0, (len(ps) - index) * value))
        corrected[name] = largest
    return corrected


def text(values, digits=3, factor=1, sign=False):
    """Mean, 95 % t-interval, and of how many: «0.024 [0.014, 0.034] (3)»."""
    form = lambda value: f"{round(value * factor, digits) + 0.0:{'+' if sign else ''}.{digits}f}"
    if not values: return ""
    bounds = interval(values)
    return form(statistics.mean(values)) + (f" [{form(bounds[0])}, {form(bounds[1])}] ({len(values)})" if bounds else " (1)")


def test():
    """Against published quantiles."""
    for level, freedom, expected in ((0.975, 2, 4.302653), (0.975, 4, 2.776445), (0.95, 4, 2.131847), (0.975, 10, 2.228139)):
        assert abs(quantile(level, freedom) - expected) < 1e-5, (level, freedom)
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == {"a": 0.03, "c": 0.06, "b": 0.06}
    assert equal([0.1, -0.2, 0.0], 3) and not equal([1.0, 5.0, -2.0], 3)


if __name__ == "__main__": test()
