#!/usr/bin/env python3
"""Keeps the table of validation losses in ../lora-mask.md what losses.json says; standard library only.

    losses.py [--check]               writes the table; with --check the exit code says whether it is what would be written
    losses.py --collect FOLDER...     adds the adapters of these folders (each with a training.json) to losses.json first
"""
import json, re, sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE, RESULTS = HERE.parent / "lora-mask.md", HERE / "losses.json"
KINDS = ["full", "no-k", "k-mlp", "mlp-only", "v-only", "q-only", "k-only"]
NAME = re.compile(r"(?P<kind>.*?)(?P<masked>-masked)?(-s(?P<seed>\d+))?(-r(?P<rank>\d+))?$")


def collect(folders):
    rows = {row["name"]: row for row in json.loads(RESULTS.read_text())} if RESULTS.exists() else {}
    for folder in map(Path, folders):
        name = folder.name.removesuffix(".part")
        parts = NAME.match(name)
        losses = json.loads((folder / "training.json").read_text())["validation_loss"]
        rows[name] = {"name": name, "kind": parts["kind"], "masked": bool(parts["masked"]), "rank": int(parts["rank"] or 8),
                      "seed": int(parts["seed"] or 0), "base": losses[0]["loss"], "loss": losses[-1]["loss"]}
    text = ",\n".join("  " + json.dumps(rows[name]) for name in sorted(rows))
    RESULTS.write_text(f"[\n{text}\n]\n")


def table(rows):
    lines = ["| kind | unmasked | masked | what masking costs |", "| --- | --: | --: | --: |"]
    for kind in KINDS:
        own = {(r["masked"], r["seed"]): r["loss"] for r in rows if r["kind"] == kind and r["rank"] == 8}
        cells = [", ".join(f"{own[key]:.3f}" for key in sorted(own) if key[0] == masked) for masked in (False, True)]
        costs = [own[True, seed] - loss for (masked, seed), loss in sorted(own.items()) if not masked and (True, seed) in own]
        cells.append(", ".join(f"{cost:.3f}" for cost in costs))
        lines.append("|" + "|".join(f" {cell} " if cell else " " for cell in [f"`{kind}`"] + cells) + "|")
    return "\n".join(lines)


def main():
    if sys.argv[1:2] == ["--collect"]: collect(sys.argv[2:])
    page = PAGE.read_text()
    begin, end = "<!-- losses.py -->\n", "\n<!-- end -->"
    start = page.index(begin) + len(begin)
    new = page[:start] + table(json.loads(RESULTS.read_text())) + page[page.index(end, start):]
    if "--check" in sys.argv: sys.exit(0 if new == page else "docs/experiments/lora-mask.md: the table of losses is not that of losses.json")
    PAGE.write_text(new)


main()
