"""What the criteria of ../verdicts.md make of the results, line by line; standard library only."""
import statistics

from results import SEEDS, TERMS, pair, statistic, text

LEAST, MARGIN = 3, 3  # Seeds that a comparison needs; points within which two kinds are equal.


def mean(values): return statistics.mean(values.values())


def equal(values): return statistic.equal(list(values.values()), MARGIN)


def above(values, least):
    """Whether the mean exceeds `least`, and the 95 % interval excludes 0."""
    bounds = statistic.interval(list(values.values()))
    return bounds is not None and mean(values) > least and bounds[0] > 0


def below(values, least): return above({seed: -value for seed, value in values.items()}, least)


class Decision:
    """`lines`: a name, a verdict, what was seen, and p after Holm's correction."""

    def __init__(self, results):
        self.results, at = results, results.by_seed
        self.full, self.masked = at("full"), at("full", "masked")
        worth = results.worth()
        self.ahead = {seed: terms["dKtdQ"][0] - max(terms["dKtQ"][0], terms["KtdQ"][0]) for seed, terms in worth.items()}
        self.largest = [seed for seed, ahead in self.ahead.items() if ahead > 0 and worth[seed]["dKtdQ"][1] > 0]
        self.tests = {"P1": pair(at("no-k"), self.masked), "P2": pair(at("k-only"), at("q-only")),
                      "P3": pair(results.cost("k-only"), results.cost("q-only")), "P4": self.ahead, "P5": pair(at("full-q16", "masked"), self.full)}
        self.corrected = statistic.holm({name: statistic.p(list(values.values())) for name, values in self.tests.items()})
        self.gate, words = self.opened()
        self.lines = [["gate", self.gate, words, ""], self.p1(), self.about_k(), self.p2(), self.p3(), self.p4(), self.p5(), self.p10()]

    def opened(self):
        base, cost = self.results.base, self.results.cost("full")
        if not base: return "undecided", "nothing ran"
        accuracy = base["scores"]["held"]["verdict"]
        words = f"`full` {text(self.full) or '–'}, base {100 * accuracy:.1f}, the mask costs {text(cost) or '–'}"
        if min(len(self.full), len(cost)) < LEAST: return "undecided", words
        return "passed" if mean(self.full) >= 95 and accuracy <= 0.55 and mean(cost) >= 10 else "not passed", words

    def line(self, name, needs, held, refuted, seen, by_p=("held", "refuted")):
        """`held` and `refuted` are asked where the gate is passed and every series in `needs` has seeds enough; a verdict in `by_p`
        stands only where the corrected p allows it."""
        verdict = "undecided"
        if self.gate == "passed" and min(map(len, needs)) >= LEAST: verdict = "held" if held() else "refuted" if refuted() else verdict
        p = self.corrected.get(name)
        if p is not None and p > 0.05 and verdict in by_p: verdict = "undecided"
        shown = "" if p is None else "–" if len(self.tests[name]) < LEAST else "< 0.001" if p < 0.001 else f"{p:.3f}"
        return [name, verdict, seen, shown]

    def less_full(self, kind): return pair(self.results.by_seed(kind), self.full)

    def p1(self):
        full, masked = self.less_full("no-k"), self.tests["P1"]
        return self.line("P1", (full, masked), lambda: equal(masked), lambda: equal(full) and above(masked, 5),
                         f"`no-k` − `full` {text(full, True) or '–'}; − `full` masked {text(masked, True) or '–'}", by_p=("refuted",))

    def about_k(self):
        """Whether Q and V behave as K does where P1 is refuted."""
        others = {kind: (self.less_full(kind), pair(self.results.by_seed(kind), self.masked)) for kind in ("no-q", "no-v")}
        same = lambda: [equal(full) and above(masked, 5) for full, masked in others.values()]
        seen = "; ".join(f"`{kind}` − `full` {text(full, True) or '–'}" for kind, (full, _) in others.items())
        return self.line("… about K", [masked for _, masked in others.values()], lambda: not any(same()), lambda: all(same()), seen)

    def p2(self):
        full, q = self.less_full("k-only"), self.tests["P2"]
        return self.line("P2", (full, q), lambda: mean(full) >= -5 and above(q, 5), lambda: below(full, 5) or equal(q),
                         f"`k-only` − `full` {text(full, True) or '–'}; − `q-only` {text(q, True) or '–'}", by_p=("held",))

    def p3(self):
        more = self.tests["P3"]
        return self.line("P3", (more,), lambda: above(more, 5), lambda: equal(more) or below(more, 5),
                         f"the mask costs `k-only` {text(more, True) or '–'} more than `q-only`", by_p=("held",) if equal(more) else ("held", "refuted"))

    def p4(self):
        enough = self.ahead if len(self.ahead) == len(SEEDS) else {}
        return self.line("P4", (enough,), lambda: len(self.largest) >= 4, lambda: sum(ahead <= 0 for ahead in self.ahead.values()) >= 4,
                         f"{TERMS['dKtdQ']}'s worth is the largest, its interval above 0, in {len(self.largest)} of {len(self.ahead)} seeds")

    def p5(self):
        twice, own = self.tests["P5"], pair(self.masked, self.full)
        return self.line("P5", (twice, own), lambda: equal(twice) and not equal(own), lambda: below(twice, 5),
                         f"`full-q16` masked − `full` {text(twice, True) or '–'}", by_p=("refuted",))

    def p10(self):
        gained, gap = pair(self.results.by_seed("full", "both"), self.masked), self.results.cost("full")
        beyond = lambda part: {seed: gained[seed] - part * gap[seed] for seed in gained if seed in gap}
        return self.line("P10", (gained, gap), lambda: mean(beyond(0.5)) >= 0 and above(beyond(0.25), 0), lambda: below(beyond(0.5), 0),
                         f"both caches − masked {text(gained, True) or '–'}, of {text(gap) or '–'}")
