#!/usr/bin/env python3
"""Runs what is left of the experiment, in the order that the page states: run.py MODEL WORK [--only COUNT] [--list] [what train.py takes]

A run whose result lies in --results is skipped, so the same command continues after a stop. Each line of the queue is one call of
train.py, one thread. Standard library only.
"""
import argparse, json, subprocess, sys
from pathlib import Path

import kinds

HERE = Path(__file__).resolve().parent
CORE, SEEDS, RATES = ["full", "no-k", "no-q", "no-v"], range(1, 6), [5e-4, 1e-3, 3e-3]


def best(results, kind, mode):
    """The rate at which seed 0 had the best verdicts; None before it is known."""
    paths = [results / f"{kinds.name(kind, mode, 0, rate)}.json" for rate in RATES]
    if not all(path.exists() for path in paths): return None
    good = lambda row: (row["scores"]["held"]["verdict"], -row["scores"]["held"]["loss"][1])
    return max((json.loads(path.read_text()) for path in paths), key=good)["rate"]


def queue(results):
    """Names of results and calls of train.py that make them, in order; rates of later ones are what earlier ones found."""
    def call(chosen, mode, seed, rates=None, steps=None, more=()):
        names = [kinds.name(kind, mode, seed, rate if rates else None, steps) for kind in chosen for rate in rates or [None]]
        alone = chosen[0].endswith("-only")
        if not rates: rates = [best(results, chosen[0] if alone else "full", "plain" if mode == "plain" else "masked")
                           if alone or mode in ("masked", "late") else 1e-3]
        return names, ["--kinds", *chosen, "--mode", mode, "--seed", str(seed), "--rates", *map(str, rates), "--names", *names,
                       *(["--steps", str(steps)] if steps else []), *more]

    yield call(["full"], "plain", 1, more=["--base"])
    yield call(["full"], "masked", 0, RATES)
    for seed in SEEDS:
        yield call(["full"], "plain", seed)
        yield call(CORE, "masked", seed, more=["--also", "late"])
        yield call(["no-k"], "plain", seed)
        yield call(["full"], "late", seed, more=["--also", "masked"])
        for kind in ("no-q", "no-v"): yield call([kind], "plain", seed)
    for seed in SEEDS:
        yield call(["full-q16"], "masked", seed)
        yield call(["full"], "both", seed)
    for seed in SEEDS: yield call(["full"], "masked", seed, steps=400)
    for kind in ("k-only", "q-only"):
        for mode in ("plain", "masked"): yield call([kind], mode, 0, RATES)
    for seed in SEEDS:
        for kind in ("k-only", "q-only"):
            for mode in ("plain", "masked"): yield call([kind], mode, seed)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model", type=Path)
    arguments.add_argument("work", type=Path)
    arguments.add_argument("--results", type=Path, default=HERE / "runs")
    arguments.add_argument("--only", type=int, help="stop after so many calls")
    arguments.add_argument("--list", action="store_true", help="say what is left, run nothing")
    chosen, settings = arguments.parse_known_args()
    done = 0
    for names, call in queue(chosen.results):
        if all((chosen.results / f"{name}.json").exists() for name in names): continue
        if chosen.only is not None and done == chosen.only: break
        print(*names, flush=True)
        if not chosen.list:
            subprocess.run([sys.executable, HERE / "train.py", chosen.model, chosen.work, *call, "--results", chosen.results, *settings], check=True)
        done += 1


if __name__ == "__main__": main()
