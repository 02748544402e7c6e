#!/usr/bin/env python3
"""Runs leibniz over trained adapters and keeps what the page needs, one small file an adapter; standard library only.

    measure.py MODEL WORK NAME... --leibniz ../../../.build/release/leibniz [--count 32]

WORK/NAME is an adapter that train.py wrote; the result is measured/NAME.json, and an adapter that has one is skipped. Verdicts alone are
judged, on the first --count held-out prompts. Worth is Shapley's: of the three terms, of what keys and queries change by, and of scores
against changed values, all in look-ups (after → before); and of the terms everywhere.
"""
import argparse, json, subprocess, sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from reading import BLOCKS, felt, felt_sources, moved, number, stream, worth, writers
from task import Task, lines

LOOKUP = ["--from", "after", "--to", "before"]


def report(chosen, name, what, *arguments):
    """A report of leibniz in WORK, made unless it is there."""
    output = chosen.work / "reports" / f"{what}-{name}"
    if not output.exists():
        verb = "analyze" if what == "analyze" else "ablate"
        subprocess.run([chosen.leibniz, verb, chosen.model, chosen.work / name, "--prompts", chosen.work / "reports/held.jsonl",
                        *arguments, "--output", output, "--threads", "1", "--quiet"], check=True)
    return json.loads(next(path for path in (output / "analysis.json", output / "interventions.json") if path.exists()).read_text())


def heads(analysis, count=8):
    """The heads of look-ups that attention felt most, with their nats and largest role."""
    rows = [row for row in analysis["attention"]
            if row["layer"] is not None and row["head"] is not None and (row["query"], row["key"]) == ("after", "before")]
    roles = {(row["layer"], row["head"]): row for row in analysis.get("roles", []) if row["head"] is not None and row["query"] == "after"}
    total, named = sum(row["divergence"] for row in rows), []
    for row in sorted(rows, key=lambda row: -row["divergence"])[:count]:
        role = roles.get((row["layer"], row["head"]), {})
        held = {key: role[key]["base"] for key in ("first", "itself", "previous", "duplicate", "induction") if role.get(key)}
        largest = max(held, key=held.get) if held else None
        named.append([f"L{row['layer']}H{row['head']}", number(row["divergence"] / total), largest, number(held[largest]) if held else None])
    return named


def measure(chosen, name):
    analysis = report(chosen, name, "analyze", "--parts", "attention,mass,sources,writers,roles", "--loss")
    lookups = report(chosen, name, "lookups", "--no-overview", *LOOKUP, "--worth", "terms", "--worth", "sources", "--worth", "paths")
    everywhere = report(chosen, name, "everywhere", "--no-overview", "--worth", "terms")
    last = max(row["layer"] for row in analysis["stream"])
    losses = [sum(analysis["loss"][which]) / len(analysis["loss"][which]) for which in ("base", "adapted")]
    return {"name": name, "prompts": chosen.count, "loss": [number(loss) for loss in losses], "nats": felt(analysis, BLOCKS),
            "sources": felt_sources(analysis), "writers": writers(analysis), "moved": moved(analysis), "heads": heads(analysis),
            "stream": {key: row for key, row in stream(analysis).items() if key.endswith(f" L{last}")},
            "worth": worth(lookups), "worthEverywhere": worth(everywhere)}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model", type=Path)
    arguments.add_argument("work", type=Path)
    arguments.add_argument("names", nargs="+")
    arguments.add_argument("--leibniz", required=True)
    arguments.add_argument("--count", type=int, default=32)
    arguments.add_argument("--results", type=Path, default=HERE / "measured")
    chosen = arguments.parse_args()
    (chosen.work / "reports").mkdir(exist_ok=True)
    chosen.results.mkdir(exist_ok=True)
    (chosen.work / "reports/held.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines(Task(chosen.model).held(chosen.count))))
    for name in chosen.names:
        path = chosen.results / f"{name}.json"
        if path.exists(): continue
        path.write_text(json.dumps(measure(chosen, name), ensure_ascii=False, separators=(",", ":")) + "\n")
        print(name, flush=True)


if __name__ == "__main__": main()
