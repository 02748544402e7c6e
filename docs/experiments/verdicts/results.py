"""What runs/, measured/ and probes.json hold, for decision.py and tables.py; standard library only."""
import json, sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import kinds
import seeds as statistic

SEEDS = range(1, 6)
TERMS = {"dKtQ": "dKᵀQ", "KtdQ": "KᵀdQ", "dKtdQ": "dKᵀdQ"}


class Results:
    def __init__(self, folder=HERE):
        rows = lambda name: {path.stem: json.loads(path.read_text()) for path in sorted((folder / name).glob("*.json"))}
        self.runs, self.measured = rows("runs"), rows("measured")
        self.base = self.runs.get("base")
        probes = folder / "probes.json"
        self.probes = json.loads(probes.read_text()) if probes.exists() else {}

    def by_seed(self, kind, mode="plain", what="verdict", judged="held", steps=None):
        """Percent by seed, of seeds that count and have finished."""
        found = {seed: self.runs.get(kinds.name(kind, mode, seed, steps=steps), {}).get("scores", {}).get(judged) for seed in SEEDS}
        return {seed: 100 * scores[what] for seed, scores in found.items() if scores}

    def cost(self, kind):
        """What a mask costs, paired by seed."""
        return pair(self.by_seed(kind), self.by_seed(kind, "masked"))

    def worth(self):
        """In `full`, by seed and term: Shapley value in percent of the benefit, and its interval's lower bound."""
        rows = {seed: self.measured.get(f"full-s{seed}") for seed in SEEDS}
        return {seed: {term: [100 * number for number in row["worth"][term][:2]] for term in TERMS} for seed, row in rows.items() if row}


def pair(of, less): return {seed: of[seed] - less[seed] for seed in of if seed in less}


def text(values, sign=False):
    """Mean, 95 % t-interval and number of seeds."""
    return statistic.text(list(values.values()), 1, sign=sign)
