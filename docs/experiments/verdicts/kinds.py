"""What adapters may change, by kind: a rank for each site. `-only` kinds have about as many parameters as `full` at rank 8."""
SITES = ["q", "k", "v", "o", "gate", "up", "down"]
KINDS = {"full": dict.fromkeys(SITES, 8), "full-q16": dict.fromkeys(SITES, 8) | {"q": 16}, "full-r4": dict.fromkeys(SITES, 4),
         "k-only": {"k": 106}, "q-only": {"q": 71}, "mlp-only": dict.fromkeys(["gate", "up", "down"], 13)}
KINDS |= {f"no-{out}": {site: 8 for site in SITES if site != out} for out in ("k", "q", "v")}
MODES = ["plain", "masked", "late", "both"]  # Where it acts: see train.py.


def name(kind, mode, seed, rate=None, steps=None):
    """A run's name: what is not usual is said."""
    return "-".join([kind] + [mode] * (mode != "plain") + [f"s{seed}"] + ([f"rate{rate:g}"] if rate else []) + ([f"steps{steps}"] if steps else []))
