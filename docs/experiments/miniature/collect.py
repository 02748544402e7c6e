#!/usr/bin/env python3
"""Runs leibniz over the miniature's adapters and gathers what the page needs into one JSON file.

    collect.py WORK --leibniz .build/release/leibniz [--output results.json]

Reports stay in WORK/reports; what is there already is not run again (--force does).
"""
import argparse, importlib.metadata, json, platform, subprocess, sys
from pathlib import Path
from kinds import KINDS, RANK, RATE, SEEDS, STEPS

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from reading import chance, knockouts, moved, scores, sources, stream

MEASURED = [kind for kind in KINDS if kind.split("-")[-1] not in ("half", "wide") and kind != "full-twice"]
NULLS = 8


def rounded(training):
    return {key: float(f"{value:.4g}") if isinstance(value, float) else value for key, value in training.items() if key != "sites"}


def call(tool, *arguments):
    print("leibniz", *arguments, flush=True)
    subprocess.run([tool, *map(str, arguments), "--quiet"], check=True)


def collect(work, tool, seed, kinds, force):
    base, games, reports = work / f"base-{seed}", work / "games.jsonl", work / "reports" / str(seed)
    reports.mkdir(parents=True, exist_ok=True)
    plain, views = [k for k in kinds if KINDS[k][1] != "two-views"], [k for k in kinds if KINDS[k][1] == "two-views"]
    folder = lambda kind: work / "adapters" / f"{kind}-{seed}"
    null = ["--null", NULLS] if seed == SEEDS[0] else []
    for name, group, flags in (("analysis", plain, []), ("views", views, ["--two-views"])):
        if group and (force or not (reports / name).exists()):
            call(tool, "analyze", base, *map(folder, group), "--prompts", games, "-o", reports / name, "--parts", "mass,sources", "--loss",
                 *null, *flags, *["--force"] * force)
    rows = []
    for kind in kinds:
        out = reports / f"ablate-{kind}"
        if force or not out.exists():
            call(tool, "ablate", base, folder(kind), "--prompts", games, "-o", out, "--plan", Path(__file__).with_name("plan.yaml"),
                 "--loss-region", "answer", "--no-overview", *["--force"] * force)
        path = reports / ("views" if kind in views else "analysis")
        if kind in plain or len(views) > 1: path /= f"{kind}-{seed}"
        analysis = json.loads((path / "analysis.json").read_text())
        losses, lost = knockouts(json.loads((out / "interventions.json").read_text()))
        rows.append({
            "kind": kind, "seed": seed, "onGames": losses, "scores": scores(analysis), "sources": sources(analysis),
            "moved": moved(analysis), "stream": stream(analysis), "null": chance(analysis, analysis["base"]["layers"] - 1), "knockouts": lost})
    return rows


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("work", type=Path)
    arguments.add_argument("--leibniz", required=True)
    arguments.add_argument("--output", type=Path, default=Path(__file__).with_name("results.json"))
    arguments.add_argument("--force", action="store_true")
    chosen = arguments.parse_args()
    trained = {path.parent.name: json.loads(path.read_text()) for path in chosen.work.glob("adapters/*/training.json")}
    adapters = []
    for seed in SEEDS:
        kinds = [kind for kind in MEASURED if f"{kind}-{seed}" in trained]
        found = {row["kind"]: row for row in collect(chosen.work, chosen.leibniz, seed, kinds, chosen.force)}
        for kind in KINDS:
            if f"{kind}-{seed}" in trained: adapters.append(rounded(trained[f"{kind}-{seed}"]) | found.get(kind, {}))
    longer = [rounded(json.loads(path.read_text())) for path in sorted(chosen.work.glob("adapters-*/*/training.json"))]
    bases = [json.loads((chosen.work / f"base-{seed}" / "training.json").read_text()) for seed in SEEDS]
    tool = subprocess.run([chosen.leibniz, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    # The version the adapters were trained with, where it is installed.
    try: torch = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError: torch = None
    head = {"versions": {"leibniz": tool, "torch": torch, "python": platform.python_version()},
            "seeds": SEEDS, "rank": RANK, "steps": STEPS, "nulls": NULLS,
            "rate": RATE, "bases": bases}
    # One line an adapter, so that a change shows.
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in adapters)
    more = ",\n".join(json.dumps({key: row[key] for key in ("kind", "seed", "steps", "loss", "accuracy")}) for row in longer)
    text = json.dumps(head, ensure_ascii=False, indent=1)[:-2] + ',\n "adapters": [\n' + lines + '\n],\n "longer": [\n' + more + "\n]}\n"
    json.loads(text)
    chosen.output.write_text(text)
    print(f"{chosen.output}: {len(adapters)} adapters, {len(text.encode())} bytes")


if __name__ == "__main__": main()
