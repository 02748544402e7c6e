#!/usr/bin/env python3
"""Keeps the tables of SmolLM2 in ../lora-mask.md and both figures what losses.json and measured.json say; standard library only.

    tables.py [--check]               writes them; with --check the exit code says whether they are what would be written
    tables.py --collect SOURCE...     adds losses to losses.json first: from an adapter's folder with its training.json, or from a
                                      file of lines that `train.py --evaluate` printed
"""
import json, re, statistics, sys
from pathlib import Path

import figures

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import seeds as statistic

PAGE, LOSSES, MEASURED = HERE.parent / "lora-mask.md", HERE / "losses.json", HERE / "measured.json"
MODES = list(figures.MARKS)
KINDS = ["full", "no-k", "k-mlp", "mlp-only", "v-only", "q-only", "k-only"]
NAME = re.compile(r"(?P<kind>.*?)(-(?P<mode>masked|two-views))?(-s(?P<seed>\d+))?(-r(?P<rank>\d+))?$")

def mode(name): return NAME.match(name)["mode"] or "plain"


def trained(source):
    """Names and validation losses in a folder or a file."""
    if source.is_dir(): return [(source.name, json.loads((source / "training.json").read_text())["validation_loss"])]
    lines = [json.loads(line) for line in source.read_text().splitlines()]
    for line in lines:
        if line["mode"] != mode(line["name"]): sys.exit(f"{source}: {line['name']} was measured as {line['mode']}, and its name says otherwise")
    return [(line["name"], line["validation_loss"]) for line in lines]


def collect(sources):
    rows = {row["name"]: row for row in json.loads(LOSSES.read_text())} if LOSSES.exists() else {}
    for name, losses in (pair for source in map(Path, sources) for pair in trained(source)):
        parts = NAME.match(name)
        rows[name] = {"name": name, "kind": parts["kind"], "mode": mode(name), "rank": int(parts["rank"] or 8),
                      "seed": int(parts["seed"] or 0), "base": losses[0]["loss"], "loss": losses[-1]["loss"]}
    text = ",\n".join("  " + json.dumps(rows[name]) for name in sorted(rows))
    LOSSES.write_text(f"[\n{text}\n]\n")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| --- " + "| --: " * (len(head) - 1) + "|"]
    return "\n".join(lines + ["|" + "|".join(f" {cell} " if cell else " " for cell in row) + "|" for row in rows])


def spread(values, sign=False):
    """Mean and 95 % t-interval over seeds, and of how many; one value as it is."""
    if len(values) < 2: return "".join(f"{value:{'+' if sign else ''}.3f}" for value in values)
    return statistic.text(values, 3, sign=sign)


def by_seed(rows, kind, mode="plain"):
    return {r["seed"]: r["loss"] for r in rows if (r["kind"], r["mode"], r["rank"]) == (kind, mode, 8)}


def differences(of, against):
    """Paired by seed."""
    return [of[seed] - against[seed] for seed in sorted(of) if seed in against]


def losses(rows):
    lines = []
    for kind in KINDS:
        plain, masked = by_seed(rows, kind), by_seed(rows, kind, "masked")
        lines.append([f"`{kind}`", spread(list(plain.values())), spread(list(masked.values())), spread(differences(masked, plain))])
    return table(["kind", "unmasked", "masked", "what masking costs"], lines)


def paired(rows):
    """What every kind and mode costs against `full` of the same seed, seed by seed."""
    full = by_seed(rows, "full")
    lines = []
    names = {"`full`, masked": ("full", "masked"), "`full`, two views": ("full", "two-views")} | {f"`{kind}`": (kind, "plain") for kind in KINDS[1:]}
    for name, which in names.items():
        own = by_seed(rows, *which)
        seeds = [f"{own[seed] - full[seed]:+.3f}" if seed in own else "" for seed in sorted(full)]
        costs = differences(own, full)
        lines.append([name, *seeds, spread(costs, sign=True) if len(costs) > 1 else ""])
    return table(["kind", *[f"seed {seed}" for seed in sorted(full)], "mean, 95 % interval"], lines)


def against(rows):
    """Differences that verdicts rest on, paired by seed."""
    def cost(kind):
        masked = by_seed(rows, kind, "masked")
        return {seed: masked[seed] - loss for seed, loss in by_seed(rows, kind).items() if seed in masked}

    full, alone, mlp = cost("full"), cost("k-only"), cost("mlp-only")
    lines = [["what masking costs K alone, less what it costs `full`", spread(differences(alone, full), sign=True)],
             ["… less what it costs MLPs alone", spread(differences(alone, mlp), sign=True)],
             ["`no-k` − `full` masked", spread(differences(by_seed(rows, "no-k"), by_seed(rows, "full", "masked")), sign=True)],
             ["`k-mlp` − `mlp-only`", spread(differences(by_seed(rows, "k-mlp"), by_seed(rows, "mlp-only")), sign=True)],
             ["`full`, two views − `full` masked", spread(differences(by_seed(rows, "full", "two-views"), by_seed(rows, "full", "masked")), sign=True)]]
    return table(["difference, nats", "mean, 95 % interval (seeds)"], lines)


def ladder(rows):
    own = {(r["rank"], r["mode"]): r["loss"] for r in rows if r["kind"] == "full" and r["seed"] == 0}
    cell = lambda value: "" if value is None else f"{value:.3f}"
    lines = []
    for rank in sorted({rank for rank, _ in own}):
        plain, masked = own.get((rank, "plain")), own.get((rank, "masked"))
        lines.append([str(rank), cell(plain), cell(masked), cell(None if plain is None or masked is None else masked - plain)])
    return table(["rank", "`full`", "masked", "what masking costs"], lines)


def percent(value, digits=0): return "–" if value is None else f"{round(100 * value, digits) + 0.0:.{digits}f}"


def lookups(rows):
    lines = []
    for row in rows:
        split, (own, inherited, _) = row["scores"]["after→before"][1], row["sources"]["dKtQ"]
        before, after = (next((value for key, value in row["stream"].items() if key.startswith(region)), [0, 0]) for region in ("before", "after"))
        lines.append([f"`{row['name']}`", f"{split[0]:.2f}", *[percent(share) for share in split[1:]], percent(own), percent(inherited),
                      percent(row["moved"]["after→before"], 1), percent(before[1], 1), percent(after[1], 1)])
    return table(["adapter", "rms ΔS", "dKᵀQ %", "KᵀdQ %", "dKᵀdQ %", "dK own %", "inherited %", "moved %", "stream before %", "after %"], lines)


def writers(rows):
    """Of what keys inherit in lookups, shares by kind of writer, by third of the layers that wrote, and the largest."""
    lines = []
    for row in rows:
        if not row.get("writers"): continue
        of = row["writers"]["of"]
        layer = lambda writer: int(writer[1:].split(".")[0])
        placed = {writer: share for writer, share in of.items() if "." in writer}
        kinds = [sum(share for writer, share in of.items() if writer.endswith(kind)) for kind in ("attention", "mlp", "scale")]
        thirds = [sum(share for writer, share in placed.items() if 10 * third <= layer(writer) < 10 * (third + 1)) for third in range(3)]
        largest = sorted(placed, key=lambda writer: -placed[writer])[:5]
        lines.append([f"`{row['name']}`", percent(row["writers"]["share"]), *map(percent, kinds), " / ".join(map(percent, thirds)),
                      ", ".join(f"{writer} {percent(placed[writer])}" for writer in largest)])
    return table(["adapter", "inherited, of all nats %", "attentions %", "MLPs %", "changed length %", "layers 0–9 / 10–19 / 20–29 %", "largest"], lines)


def knockouts(rows):
    names = ["dKtQ", "KtdQ", "dKtdQ", "scores", "PdV,dPdV", "dK.own", "dQ.own", "dK.inherited", "dK", "dQ",
             "prefix", "masked", "mask k,v:none", "two views"]
    symbols = {"dKtQ": "dKᵀQ", "KtdQ": "KᵀdQ", "dKtdQ": "dKᵀdQ", "PdV,dPdV": "changed values", "mask k,v:none": "masked but k, v"}
    lines = []
    for row in rows:
        losses = row["onPrompts"]
        cells = []
        for name in names:
            lost, _, *bounds = row["knockouts"].get(name, [None, None])
            cells.append(percent(lost, 1) + (f" [{percent(bounds[0], 1)}, {percent(bounds[1], 1)}]" if bounds and bounds[0] != bounds[1] else ""))
        lines.append([f"`{row['name']}`", f"{losses['base'] - losses['adapted']:.2f}", *cells])
    return table(["adapter", "benefit"] + [symbols.get(name, name) for name in names], lines)


def worths(rows):
    """Shapley values in look-ups, in percent of the benefit, and what attention felt of them, in nats."""
    parts = {"dKtQ": "dKᵀQ", "KtdQ": "KᵀdQ", "dKtdQ": "dKᵀdQ", "own": "own", "inherited": "inherited", "joint": "joint"}
    lines = []
    for row in rows:
        if "worth" not in row: continue
        nats = (row.get("nats") or {}).get("after→before")
        cell = lambda part: f"{percent(part[0], 1)} [{percent(part[1], 1)}, {percent(part[2], 1)}]" if len(part) > 2 else percent(part[0], 1)
        worth = [cell(row["worth"][part]) if part in row["worth"] else "–" for part in parts]
        lines.append([f"`{row['name']}`", *worth, *(map(percent, nats[1:]) if nats else "–––")])
    return table(["adapter, worth %"] + list(parts.values()) + [f"{parts[term]}, of nats %" for term in ("dKtQ", "KtdQ", "dKtdQ")], lines)


def chance(rows):
    lines = []
    for row in rows:
        for name, (value, mean, deviation, z) in row["null"].items():
            lines.append([f"`{row['name']}`, {name}", f"{value:.3g}", f"{mean:.3g} ± {deviation:.2g}", "" if z is None else f"{z:+.1f}"])
    return table(["statistic", "trained", "random", "z"], lines)


def render():
    rows = json.loads(LOSSES.read_text())
    measured = json.loads(MEASURED.read_text())["adapters"] if MEASURED.exists() else []
    order = [row["name"] for row in sorted(rows, key=lambda r: (MODES.index(r["mode"]), r["rank"], r["seed"], KINDS.index(r["kind"])))]
    measured.sort(key=lambda row: order.index(row["name"]))
    return {"losses": losses(rows), "paired": paired(rows), "against": against(rows), "ladder": ladder(rows), "lookups": lookups(measured), "writers": writers(measured),
            "knockouts": knockouts(measured), "worths": worths(measured), "chance": chance(measured)}


def draw():
    """Both figures, by the names of their files."""
    rows = json.loads(LOSSES.read_text())
    of = lambda kind, mode="plain": by_seed(rows, kind, mode)
    ranks = sorted({row["rank"] for row in rows} - {8})
    lines = [(kind, [r for r in rows if (r["kind"], r["rank"]) == (kind, 8)]) for kind in KINDS]
    lines += [(f"full, rank {rank}", [r for r in rows if (r["kind"], r["rank"]) == ("full", rank)]) for rank in ranks]
    masked = [(kind, differences(of(kind, "masked"), of(kind))) for kind in KINDS]
    groups = [("masked", "masked, against unmasked", [line for line in masked if line[1]]),
              ("two-views", "two views, against full", [("full", differences(of("full", "two-views"), of("full")))]),
              ("plain", "less trained, against full", [(kind, differences(of(kind), of("full"))) for kind in ("no-k", "k-mlp", "mlp-only")])]
    return {"losses.svg": figures.losses(lines), "costs.svg": figures.costs(groups)}


def main():
    if sys.argv[1:2] == ["--collect"]: collect(sys.argv[2:])
    page, parts, drawn = PAGE.read_text(), render(), draw()
    new = re.sub(r"(<!-- tables.py (\w+) -->\n).*?(\n<!-- end -->)", lambda m: m[1] + parts[m[2]] + m[3], page, flags=re.S)
    files = {PAGE: new} | {HERE / name: text for name, text in drawn.items()}
    if "--check" in sys.argv:
        stale = [path.name for path, text in files.items() if not path.exists() or path.read_text() != text]
        sys.exit(f"docs/experiments: not what SmolLM2's results give: {', '.join(stale)}" if stale else 0)
    for path, text in files.items(): path.write_text(text)


main()
