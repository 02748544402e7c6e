#!/usr/bin/env python3
"""Keeps the tables and the verdicts of ../verdicts.md and the figure what runs/ and measured/ say; standard library only.

    tables.py [--check]      writes them; with --check the exit code says whether they are what would be written
"""
import json, re, statistics, sys
from pathlib import Path

import figures

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import seeds as statistic

PAGE, SEEDS, LEAST, MARGIN = HERE.parent / "verdicts.md", range(1, 6), 3, 3
KINDS = ["full", "no-k", "no-q", "no-v", "full-q16", "k-only", "q-only", "mlp-only"]
TERMS = {"dKtQ": "dKᵀQ", "KtdQ": "KᵀdQ", "dKtdQ": "dKᵀdQ"}


def load(folder):
    return {path.stem: json.loads(path.read_text()) for path in sorted((HERE / folder).glob("*.json"))}


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| --- " + "| --: " * (len(head) - 1) + "|"]
    return "\n".join(lines + ["|" + "|".join(f" {cell} " if cell else " " for cell in row) + "|" for row in rows])


class Results:
    def __init__(self):
        self.runs, self.measured = load("runs"), load("measured")
        self.base = self.runs.get("base")

    def by_seed(self, kind, mode="plain", what="verdict", judged="held", steps=None):
        """Percent by seed, of seeds that count."""
        name = lambda seed: "-".join([kind] + [mode] * (mode != "plain") + [f"s{seed}"] + [f"steps{steps}"] * bool(steps))
        return {seed: 100 * self.runs[name(seed)]["scores"][judged][what] for seed in SEEDS
                if name(seed) in self.runs and judged in self.runs[name(seed)]["scores"]}

    def cost(self, kind):
        """What a mask costs, paired by seed."""
        return pair(self.by_seed(kind), self.by_seed(kind, "masked"))


def pair(of, less):
    return {seed: of[seed] - less[seed] for seed in of if seed in less}


def text(values, sign=False): return statistic.text(list(values.values()), 1, sign=sign)


def accuracy(results):
    rows = [["base", f"{100 * results.base['scores']['held']['verdict']:.1f}", "", "", f"{100 * results.base['scores']['unseen']['verdict']:.1f}", ""]] if results.base else []
    for kind in KINDS:
        plain, masked = results.by_seed(kind), results.by_seed(kind, "masked")
        if plain or masked:
            rows.append([f"`{kind}`", text(plain), text(masked), text(results.cost(kind)), text(results.by_seed(kind, judged="unseen")),
                         text(results.by_seed(kind, "masked", judged="unseen"))])
    return table(["kind", "unmasked %", "masked %", "what the mask costs", "unseen words, unmasked %", "masked %"], rows)


def recall(results):
    rows = []
    for kind in KINDS:
        modes = [results.by_seed(kind, mode, what) for what in ("colour", "caught") for mode in ("plain", "masked")]
        if any(modes): rows.append([f"`{kind}`", *map(text, modes)])
    return table(["kind", "colour %", "masked %", "false claims caught %", "masked %"], rows)


def tuning(results):
    rows = [[f"`{row['kind']}`" + (", masked" if row["mode"] == "masked" else ""), f"{row['rate']:g}", f"{100 * row['scores']['held']['verdict']:.1f}", f"{row['scores']['held']['loss'][1]:.3f}"]
            for row in results.runs.values() if row.get("seed") == 0]
    return table(["kind, seed 0", "rate", "verdicts %", "their loss"], rows)


def longer(results):
    rows = []
    for words, kind, mode, steps in (("`full`", "full", "plain", None), ("`full`, masked", "full", "masked", None), ("`full`, masked, 400 steps", "full", "masked", 400),
                                     ("`full`, both caches", "full", "both", None)):
        values = results.by_seed(kind, mode, steps=steps)
        if values: rows.append([words, text(values)])
    return table(["adapter", "verdicts %"], rows)


def mismatch(results):
    """Trained under one mask and judged under both."""
    rows, scores = [], {}
    for trained in ("masked", "late"):
        other = {"masked": "late", "late": "masked"}[trained]
        scores[trained] = {trained: results.by_seed("full", trained), other: results.by_seed("full", trained, judged=f"held, {other}")}
        if scores[trained][trained]: rows.append([f"trained {trained}", *(text(scores[trained][judged]) for judged in ("masked", "late")), text(pair(scores[trained][trained], scores[trained][other]), sign=True)])
    return table(["`full`", "judged masked %", "judged late %", "what the mismatch costs"], rows)


def why(results):
    rows = []
    cell = lambda part: "–" if part is None or part[0] is None else f"{100 * part[0]:.1f}" + (f" [{100 * part[1]:.1f}, {100 * part[2]:.1f}]" if len(part) > 2 else "")
    for name, row in results.measured.items():
        nats = row["nats"].get("after→before", [0, 0, 0, 0])
        rows.append([f"`{name}`", f"{nats[0]:.3f}", *(f"{100 * share:.0f}" for share in nats[1:]), *(cell(row["worth"].get(term)) for term in TERMS),
                     *(cell(row["worth"].get(part)) for part in ("own", "inherited", "joint")), *(cell(row["worthEverywhere"].get(term)) for term in TERMS)])
    return table(["adapter", "nats a query and head", *(f"{symbol} of them %" for symbol in TERMS.values()), *(f"{symbol} worth %" for symbol in TERMS.values()),
                  "own worth %", "inherited %", "joint %", *(f"{symbol} everywhere %" for symbol in TERMS.values())], rows)


def writers(results):
    rows = []
    for name, row in results.measured.items():
        if not row["writers"]: continue
        largest = sorted((writer for writer in row["writers"]["of"] if "." in writer), key=lambda writer: -row["writers"]["of"][writer])[:4]
        rows.append([f"`{name}`", f"{100 * row['writers']['share']:.0f}", ", ".join(f"{writer} {100 * row['writers']['of'][writer]:.0f}" for writer in largest),
                     ", ".join(f"{head} {100 * share:.0f}" + (f" ({role})" if role and held > 0.4 else "") for head, share, role, held in row["heads"][:4])])
    return table(["adapter", "inherited by keys, of all nats %", "largest writers %", "heads that felt most %"], rows)


def probe(results):
    """Every third layer."""
    path = HERE / "probes.json"
    rows = json.loads(path.read_text()) if path.exists() else {}
    layers = [layer for layer in range(len(next(iter(rows.values()), []))) if layer % 3 == 0 or layer in (20,)]
    return table(["read from"] + [f"L{layer}" for layer in layers], [[f"`{name}`"] + [f"{100 * row[layer]:.0f}" for layer in layers] for name, row in rows.items()])


class Decision:
    """What the criteria of the page make of the results."""

    def __init__(self, results):
        self.results, at = results, results.by_seed
        self.differences = {
            "P1": pair(at("no-k"), at("full", "masked")), "P2": pair(at("k-only"), at("q-only")),
            "P3": pair(results.cost("k-only"), results.cost("q-only")), "P4": self.advantage(), "P5": pair(at("full-q16", "masked"), at("full"))}
        self.corrected = statistic.holm({name: statistic.p(list(values.values())) for name, values in self.differences.items()})

    def advantage(self):
        """Worth of dKᵀdQ in `full` less that of the next term, in percent of the benefit, by seed."""
        rows = {seed: self.results.measured.get(f"full-s{seed}") for seed in SEEDS}
        worth = {seed: {term: row["worth"][term][0] for term in TERMS} for seed, row in rows.items() if row}
        return {seed: 100 * (parts["dKtdQ"] - max(parts["dKtQ"], parts["KtdQ"])) for seed, parts in worth.items()}

    def enough(self, *series): return all(len(values) >= LEAST for values in series)
    def mean(self, values): return statistics.mean(values.values()) if values else None
    def equal(self, values): return statistic.equal(list(values.values()), MARGIN)
    def above(self, values, least):
        bounds = statistic.interval(list(values.values()))
        return bounds is not None and self.mean(values) > least and bounds[0] > 0
    def negative(self, values): return {seed: -value for seed, value in values.items()}

    def gate(self):
        full, cost, base = self.results.by_seed("full"), self.results.cost("full"), self.results.base
        words = f"`full` {text(full) or '–'}, base {100 * base['scores']['held']['verdict']:.1f}, the mask costs {text(cost) or '–'}" if base else "nothing ran"
        if not base or not self.enough(full, cost): return "undecided", words
        passed = self.mean(full) >= 95 and base["scores"]["held"]["verdict"] <= 0.55 and self.mean(cost) >= 10
        return "passed" if passed else "not passed", words

    def verdicts(self): return table(["", "verdict", "what was seen", "p, Holm"], self.rows())

    def rows(self):
        at, costs = self.results.by_seed, self.results.cost
        full, masked = at("full"), at("full", "masked")
        less = lambda kind: pair(at(kind), full)
        open_gate = self.gate()[0] == "passed"
        rows = [["gate", *self.gate(), ""]]

        def line(name, series, held, refuted, by_equality, words):
            """Held and refuted are asked only where there are seeds enough and the gate is passed."""
            found = "undecided"
            if open_gate and self.enough(*series): found = "held" if held() else "refuted" if refuted() else "undecided"
            p = self.corrected.get(name)
            if p is not None and p > 0.05 and found != "undecided" and not by_equality(found): found = "undecided"
            rows.append([name, found, words, "" if p is None else "–" if not self.enough(self.differences[name]) else "< 0.001" if p < 0.001 else f"{p:.3f}"])

        one, against = less("no-k"), self.differences["P1"]
        line("P1", (one, against), lambda: self.equal(against), lambda: self.equal(one) and self.above(against, 5), lambda found: found == "held",
             f"`no-k` − `full` {text(one, True) or '–'}; `no-k` − masked {text(against, True) or '–'}")
        others = [pair(at(kind), masked) for kind in ("no-q", "no-v")]
        same = lambda: [self.equal(less(kind)) and self.above(other, 5) for kind, other in zip(("no-q", "no-v"), others)]
        line("… about K", others, lambda: not any(same()), lambda: all(same()), lambda found: True,
             "; ".join(f"`{kind}` − `full` {text(less(kind), True) or '–'}" for kind in ("no-q", "no-v")))
        two, q = less("k-only"), self.differences["P2"]
        line("P2", (two, q), lambda: self.mean(two) >= -5 and self.above(q, 5), lambda: self.above(self.negative(two), 5) or self.equal(q), lambda found: found == "refuted",
             f"`k-only` − `full` {text(two, True) or '–'}; − `q-only` {text(q, True) or '–'}")
        three = self.differences["P3"]
        line("P3", (three,), lambda: self.above(three, 5), lambda: self.equal(three) or self.above(self.negative(three), 5), lambda found: self.equal(three),
             f"{text(three, True) or '–'} more than `q-only`")
        ahead = [seed for seed, value in self.differences["P4"].items() if value > 0 and self.results.measured[f"full-s{seed}"]["worth"]["dKtdQ"][1] > 0]
        four = self.differences["P4"]
        line("P4", (four,) if len(four) == 5 else ({},), lambda: len(ahead) >= 4, lambda: len([value for value in four.values() if value <= 0]) >= 4, lambda found: False,
             f"the largest, with its interval above 0, in {len(ahead)} of {len(four)} seeds")
        five, own = self.differences["P5"], pair(masked, full)
        line("P5", (five, own), lambda: self.equal(five) and not self.equal(own), lambda: self.above(self.negative(five), 5), lambda found: found == "held",
             f"`full-q16` masked − `full` {text(five, True) or '–'}")
        ten, gap = pair(at("full", "both"), masked), costs("full")
        beyond = lambda part: {seed: ten[seed] - part * gap[seed] for seed in ten if seed in gap}
        line("P10", (ten, gap), lambda: self.mean(beyond(0.5)) >= 0 and self.above(beyond(0.25), 0), lambda: self.above(self.negative(beyond(0.5)), 0), lambda found: True,
             f"both caches − masked {text(ten, True) or '–'}, of {text(gap) or '–'}")
        return rows


def answer(results, decision):
    """The page's first words: what stands, and of how many seeds."""
    gate, words = decision.gate()
    found = {row[0]: row[1] for row in decision.rows()}
    count = len(results.cost("full"))
    said = f"**State: {count} of {len(SEEDS)} seeds have finished for `full` with and without the mask.** The gate is {gate} ({words}). "
    said += "By the criteria: " + ", ".join(f"{name} {verdict}" for name, verdict in found.items() if name.startswith("P")) + "."
    probes = HERE / "probes.json"
    if probes.exists():
        rows = json.loads(probes.read_text())
        if "base" in rows:
            layer = max(range(len(rows["base"])), key=lambda index: rows["base"][index])
            said += (f" What does not depend on seeds: a linear probe reads whether a claim is true from the *base's* stream at the claim, before any adapter, with"
                     f" {100 * rows['base'][layer]:.0f} % accuracy at best (entering layer {layer}).")
    return said


def render():
    results = Results()
    decision = Decision(results)
    return {"answer": answer(results, decision), "probe": probe(results), "accuracy": accuracy(results), "recall": recall(results), "tuning": tuning(results), "longer": longer(results), "mismatch": mismatch(results),
            "why": why(results), "writers": writers(results), "verdicts": decision.verdicts()}, results


def draw(results):
    lines = [(kind, list(results.by_seed(kind).values()), list(results.by_seed(kind, "masked").values())) for kind in KINDS]
    return figures.verdicts([line for line in lines if line[1] or line[2]], results.base and results.base["scores"]["held"]["verdict"])


def main():
    parts, results = render()
    page = re.sub(r"(<!-- tables.py (\w+) -->\n).*?(\n<!-- end -->)", lambda m: m[1] + parts[m[2]] + m[3], PAGE.read_text(), flags=re.S)
    files = {PAGE: page, HERE / "verdicts.svg": draw(results)}
    if "--check" in sys.argv:
        stale = [path.name for path, text in files.items() if not path.exists() or path.read_text() != text]
        sys.exit(f"docs/experiments: not what the runs of verdicts give: {', '.join(stale)}" if stale else 0)
    for path, text in files.items(): path.write_text(text)


if __name__ == "__main__": main()
