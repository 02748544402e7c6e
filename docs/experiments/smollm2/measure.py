#!/usr/bin/env python3
"""Runs leibniz over adapters of SmolLM2-135M-Instruct and keeps what the page needs; standard library only.

    measure.py MODEL PROMPTS ADAPTER... --work FOLDER --leibniz .build/release/leibniz [--null 8] [--parts analyze ablate worth]

MODEL is the base's folder, PROMPTS the validation prompts (input_ids, separator, and review: where the words begin that adapters were
trained on), of which the first --count are read (12). An ADAPTER's folder is named as in losses.json. Interventions are judged by the
review's tokens. Reports stay in --work; what is there already is not run again. Rows of other adapters in
--results (measured.json) are kept, and of an adapter's row what other --parts found. Random changes are scaled to move scores as much as
the trained one does (rms of ΔS).
"""
import argparse, json, subprocess, sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from reading import chance, felt, intervals, knockouts, moved, scores, sources, stream, worth, writers
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


def whole(rows): return {key: row for key, row in rows.items() if " L" not in key}


def analyze(chosen, adapter):
    last = json.loads((chosen.model / "config.json").read_text())["num_hidden_layers"] - 1
    null = ["--null", chosen.null, "--null-match", "rms"] if chosen.null else []
    found = call(chosen.leibniz, chosen.work / f"analyze-{adapter.name}", "analyze", chosen.model, adapter,
                 "--prompts", chosen.work / "plain.jsonl", "--parts", "attention,mass,sources,writers", "--loss", *null)
    return {"scores": whole(scores(found)), "sources": sources(found)["all"], "nats": felt(found), "moved": moved(found), "writers": writers(found),
            "stream": {key: row for key, row in stream(found).items() if key.endswith(f" L{last}")}} | (
                {"null": chance(found, last)} if chosen.null else {})


def ablate(chosen, adapter):
    found = call(chosen.leibniz, chosen.work / f"ablate-{adapter.name}", "ablate", chosen.model, adapter,
                 "--prompts", chosen.work / "regions.jsonl", "--loss-region", "review", "--no-overview", "--plan", HERE / "plan.yaml")
    losses, lost = knockouts(found)
    within = intervals(found)
    return {"onPrompts": losses, "knockouts": {key: row + within[key] for key, row in lost.items()}}


def shapley(chosen, adapter):
    """What terms and sources are worth in look-ups."""
    found = call(chosen.leibniz, chosen.work / f"worth-{adapter.name}", "ablate", chosen.model, adapter, "--prompts", chosen.work / "regions.jsonl",
                 "--loss-region", "review", "--no-overview", "--from", "after", "--to", "before", "--worth", "terms", "--worth", "sources")
    return {"worth": worth(found)}


PARTS = {"analyze": analyze, "ablate": ablate, "worth": shapley}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model", type=Path)
    arguments.add_argument("prompts", type=Path)
    arguments.add_argument("adapters", type=Path, nargs="+")
    arguments.add_argument("--work", type=Path, required=True)
    arguments.add_argument("--leibniz", required=True)
    arguments.add_argument("--count", type=int, default=12)
    arguments.add_argument("--null", type=int, default=0)
    arguments.add_argument("--parts", choices=PARTS, nargs="+", default=list(PARTS))
    arguments.add_argument("--results", type=Path, default=RESULTS)
    chosen = arguments.parse_args()
    chosen.work.mkdir(parents=True, exist_ok=True)
    prepare(chosen)
    tool = subprocess.run([chosen.leibniz, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    rows = {row["name"]: row for row in json.loads(chosen.results.read_text())["adapters"]} if chosen.results.exists() else {}
    for adapter in chosen.adapters:
        row = rows[adapter.name] = {"name": adapter.name, "null": {}} | rows.get(adapter.name, {})
        for part in chosen.parts: row |= PARTS[part](chosen, adapter)
        # One line an adapter, so that a change shows; after each, so that a stopped run goes on.
        lines = ",\n".join("  " + json.dumps(rows[name], ensure_ascii=False, separators=(",", ":")) for name in sorted(rows))
        chosen.results.write_text(f'{{"leibniz": "{tool}", "prompts": {chosen.count}, "adapters": [\n{lines}\n]}}\n')
        print(adapter.name, flush=True)


if __name__ == "__main__": main()
