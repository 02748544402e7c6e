#!/usr/bin/env python3
"""Runs leibniz over adapters of SmolLM2-135M-Instruct and keeps what the page needs; standard library only.

    measure.py MODEL PROMPTS ADAPTER... --work FOLDER --leibniz .build/release/leibniz [--null 8]

MODEL is the base's folder, PROMPTS the validation prompts (input_ids, separator, and review: where the words begin that adapters were
trained on), of which the first --count are read (12). An ADAPTER's folder is named as in losses.json. Interventions are judged by the
review's tokens. Reports stay in --work; what is there already is not run again. Rows of other adapters in
--results (measured.json) are kept.
"""
import argparse, json, subprocess, sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from reading import chance, intervals, knockouts, moved, scores, sources, stream, writers
RESULTS = HERE / "measured.json"


def call(tool, output, *arguments):
    """A report's main file, made unless it is there."""
    if not output.exists():
        subprocess.run([tool, *map(str, arguments), "--output", str(output), "--quiet"], check=True)
    return json.loads(next(output / name for name in ("analysis.json", "interventions.json") if (output / name).exists()).read_text())


def prepare(chosen):
    """The prompts as they are, and with the review as a region."""
    plain, regions = [], []
    for line in chosen.prompts.read_text().splitlines()[:chosen.count]:
        prompt = json.loads(line)
        bounds = [0, prompt["separator"], prompt["review"], len(prompt["input_ids"])]
        own = {key: prompt[key] for key in ("id", "input_ids", "separator")}
        plain.append(own)
        regions.append(own | {"regions": [{"name": name, "start": start, "end": end} for name, start, end in
                                          zip(["prompt", "asked", "review"], bounds, bounds[1:])]})
    for name, lines in (("plain", plain), ("regions", regions)):
        (chosen.work / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def measure(chosen, adapter):
    name, last = adapter.name, json.loads((chosen.model / "config.json").read_text())["num_hidden_layers"] - 1
    null = ["--null", chosen.null] if chosen.null else []
    analysis = call(chosen.leibniz, chosen.work / f"analyze-{name}", "analyze", chosen.model, adapter,
                    "--prompts", chosen.work / "plain.jsonl", "--parts", "attention,mass,sources,writers", "--loss", *null)
    ablation = call(chosen.leibniz, chosen.work / f"ablate-{name}", "ablate", chosen.model, adapter,
                    "--prompts", chosen.work / "regions.jsonl", "--loss-region", "review", "--no-overview", "--plan", HERE / "plan.yaml")
    losses, lost = knockouts(ablation)
    within = intervals(ablation)
    keep = lambda rows, whole=lambda key: " L" not in key: {key: row for key, row in rows.items() if whole(key)}
    return {
        "name": name, "onPrompts": losses, "scores": keep(scores(analysis)), "sources": sources(analysis)["all"], "moved": moved(analysis), "writers": writers(analysis),
        "stream": keep(stream(analysis), lambda key: key.endswith(f" L{last}")), "null": chance(analysis, last),
        "knockouts": {key: row + within[key] for key, row in lost.items()}}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model", type=Path)
    arguments.add_argument("prompts", type=Path)
    arguments.add_argument("adapters", type=Path, nargs="+")
    arguments.add_argument("--work", type=Path, required=True)
    arguments.add_argument("--leibniz", required=True)
    arguments.add_argument("--count", type=int, default=12)
    arguments.add_argument("--null", type=int, default=0)
    arguments.add_argument("--results", type=Path, default=RESULTS)
    chosen = arguments.parse_args()
    chosen.work.mkdir(parents=True, exist_ok=True)
    prepare(chosen)
    tool = subprocess.run([chosen.leibniz, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    rows = {row["name"]: row for row in json.loads(chosen.results.read_text())["adapters"]} if chosen.results.exists() else {}
    for adapter in chosen.adapters:
        row = measure(chosen, adapter)
        if not row["null"] and row["name"] in rows: row["null"] = rows[row["name"]]["null"]
        rows[row["name"]] = row
        # One line an adapter, so that a change shows; after each, so that a stopped run goes on.
        lines = ",\n".join("  " + json.dumps(rows[name], ensure_ascii=False, separators=(",", ":")) for name in sorted(rows))
        chosen.results.write_text(f'{{"leibniz": "{tool}", "prompts": {chosen.count}, "adapters": [\n{lines}\n]}}\n')
        print(f"{row['name']}: loss {row['onPrompts']['base']} -> {row['onPrompts']['adapted']}", flush=True)


if __name__ == "__main__": main()
