#!/usr/bin/env python3
"""Runs what is left of the experiment, in the order that the page states: run.py MODEL WORK [--only COUNT] [--list] [what train.py takes]

A run whose result lies in --results is skipped, so the same command continues after a stop. Each line of the queue is one call of
train.py, one thread. Standard library only.
"""
import argparse, json, subprocess, sys
from pathlib import Path

import kinds

HERE = Path(__file__).resolve().parent
CORE, SEEDS, RATES, USUAL = ["full", "no-k", "no-q", "no-v"], range(1, 6), [5e-4, 1e-3, 3e-3], 1e-3


def read(path): return json.loads(path.read_text()) if path.exists() else None


class Queue:
    def __init__(self, results): self.results = results

    def best(self, kind, mode):
        """The rate at which seed 0 had the best verdicts; None before it is known."""
        rows = [read(self.results / f"{kinds.name(kind, mode, 0, rate)}.json") for rate in RATES]
        good = lambda row: (row["scores"]["held"]["verdict"], -row["scores"]["held"]["loss"][1])
        return max(rows, key=good)["rate"] if all(rows) else None

    def low(self, kind):
        """Whether a kind stays below 95 % on seed 1 at the usual rate."""
        found = [read(self.results / f"{kinds.name(kind, 'plain', 1, rate)}.json") for rate in (None, USUAL)]
        return any(row and row["rate"] == USUAL and row["scores"]["held"]["verdict"] < 0.95 for row in found)

    def rate(self, kind, mode):
        if kind.endswith("-only"): return self.best(kind, mode)
        if mode in ("masked", "late"): return self.best("full", "masked")
        return self.best(kind, "plain") if self.low(kind) else USUAL

    def call(self, chosen, mode, seed, rates=None, steps=None, more=()):
        """Names of results, the rate where it is one, and what train.py is called with; kinds of a call share their rate."""
        names = [kinds.name(kind, mode, seed, rate if rates else None, steps) for kind in chosen for rate in rates or [None]]
        one = None if rates else self.rate(chosen[0], mode)
        return names, one, ["--kinds", *chosen, "--mode", mode, "--seed", str(seed), "--rates", *map(str, rates or [one]), "--names", *names,
                            *(["--steps", str(steps)] if steps else []), *more]

    def unmasked(self, kind, seed):
        """At the usual rate; if that is too little on seed 1, at the best of seed 0."""
        yield self.call([kind], "plain", seed)
        if seed == 1 and self.low(kind):
            yield self.call([kind], "plain", 0, RATES)
            yield self.call([kind], "plain", seed)

    def __iter__(self):
        """In order; rates of later calls are what earlier ones found."""
        yield self.call(["full"], "plain", 1, more=["--base"])
        yield self.call(["full"], "masked", 0, RATES)
        for seed in SEEDS:
            yield from self.unmasked("full", seed)
            yield self.call(CORE, "masked", seed, more=["--also", "late"])
            yield from self.unmasked("no-k", seed)
            yield self.call(["full"], "late", seed, more=["--also", "masked"])
            for kind in ("no-q", "no-v"): yield from self.unmasked(kind, seed)
        for seed in SEEDS:
            yield self.call(["full-q16"], "masked", seed)
            yield self.call(["full"], "both", seed)
        for seed in SEEDS: yield self.call(["full"], "masked", seed, steps=400)
        for kind in ("k-only", "q-only"):
            for mode in ("plain", "masked"): yield self.call([kind], mode, 0, RATES)
        for seed in SEEDS:
            for kind in ("k-only", "q-only"):
                for mode in ("plain", "masked"): yield self.call([kind], mode, seed)


def set_aside(path, rate):
    """A result at another rate than the one asked for gets a name that says so."""
    row = read(path)
    if row and rate and row["rate"] != rate: path.rename(path.with_name(f"{path.stem}-rate{row['rate']:g}.json"))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model", type=Path)
    arguments.add_argument("work", type=Path)
    arguments.add_argument("--results", type=Path, default=HERE / "runs")
    arguments.add_argument("--only", type=int, help="stop after so many calls")
    arguments.add_argument("--list", action="store_true", help="say what is left, run nothing")
    chosen, settings = arguments.parse_known_args()
    done = 0
    for names, rate, call in Queue(chosen.results):
        if not chosen.list:
            for name in names: set_aside(chosen.results / f"{name}.json", rate)
        if all((chosen.results / f"{name}.json").exists() for name in names): continue
        if chosen.only is not None and done == chosen.only: break
        print(*names, flush=True)
        if not chosen.list:
            subprocess.run([sys.executable, HERE / "train.py", chosen.model, chosen.work, *call, "--results", chosen.results, *settings], check=True)
        done += 1


if __name__ == "__main__": main()
