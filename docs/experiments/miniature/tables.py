#!/usr/bin/env python3
"""Renders tables.md and accuracy.svg from results.json; standard library only, the same bytes every time.

    tables.py [--check]      with --check nothing is written, and the exit code says whether the files are what would be
"""
import json, statistics, sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import seeds as statistic

BAR, GAP, LEFT, WIDTH = 14, 8, 150, 420


def load():
    results = json.loads((HERE / "results.json").read_text())
    kinds = {}
    for row in results["adapters"]: kinds.setdefault(row["kind"], []).append(row)
    return results, kinds


def spread(values, digits=2, factor=1):
    """Mean and standard deviation over seeds."""
    values = [value * factor for value in values if value is not None]
    if not values: return "–"
    deviation = statistics.stdev(values) if len(values) > 1 else 0
    return f"{round(statistics.mean(values), digits) + 0.0:.{digits}f} ± {deviation:.{digits}f}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| --- " + "| --: " * (len(head) - 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def training(results, kinds):
    full = {row["seed"]: row for row in kinds["full"]}
    longer = {}
    for row in results["longer"]: longer.setdefault(row["kind"], []).append(row["accuracy"])
    rows = []
    for kind, seeds in kinds.items():
        rows.append([kind, str(seeds[0]["rank"]), str(seeds[0]["parameters"]),
                     spread([s["accuracy"] for s in seeds], 1, 100), " ".join(f"{100 * s['accuracy']:.0f}" for s in seeds),
                     spread([s["accuracy"] - full[s["seed"]]["accuracy"] for s in seeds], 1, 100),
                     spread([s["loss"] for s in seeds]), spread(longer.get(kind, []), 1, 100)])
    steps = " / ".join(sorted({str(row["steps"]) for row in results["longer"]})) or "more"
    return table(["kind", "rank", "parameters", "accuracy, %", "by seed", "minus full, paired", "loss", f"accuracy after {steps} steps, %"], rows)


def differences(results, kinds):
    """What verdicts rest on, in points, after the usual steps and after more."""
    usual = {kind: {row["seed"]: row["accuracy"] for row in rows} for kind, rows in kinds.items()}
    longer = {}
    for row in results["longer"]: longer.setdefault(row["kind"], {})[row["seed"]] = row["accuracy"]
    less = lambda of, against: {seed: of[seed] - against[seed] for seed in of if seed in against}
    pairs = [("no-k", "full-masked"), ("no-k", "full"), ("k-mlp", "full"), ("k-only", "q-only"), ("k-only-wide", "full"), ("q-only-wide", "full"),
             ("k-only-wide", "q-only-wide"), ("full-masked-twice", "full-masked"), ("full-masked-twice", "full"), ("full-half", "full"),
             ("two-views", "full-masked")]
    cells = lambda values: statistic.text(list(values.values()), 1, 100, sign=True)
    rows = [[f"{of} − {against}"] + [cells(less(found.get(of, {}), found.get(against, {}))) for found in (usual, longer)] for of, against in pairs]
    costs = [less(*(less(found[kind], found[f"{kind}-masked"]) for kind in ("k-only", "q-only"))) for found in (usual, longer)]
    rows.append(["what masking costs k-only, less what it costs q-only"] + [cells(cost) for cost in costs])
    return table(["points of accuracy", "mean, 95 % t-interval (seeds)", "after 400 steps"], rows)


def measured(kinds):
    return {kind: [s for s in seeds if "scores" in s] for kind, seeds in kinds.items() if any("scores" in s for s in seeds)}


def shares(kinds, form):
    rows = [[kind] + [spread([s["scores"]["after→before"][form][i] for s in seeds]) for i in range(4)] for kind, seeds in kinds.items()]
    return table(["kind", "rms of ΔS", "dKᵀQ", "KᵀdQ", "dKᵀdQ"], rows)


def layers(kinds, kind, form=1):
    seeds = kinds[kind]
    rows = []
    for layer in range(4):
        at = [s["scores"][f"after→before L{layer}"][form] for s in seeds]
        own = [s["sources"][f"L{layer}"]["dKtQ"] for s in seeds]
        rows.append([f"L{layer}"] + [spread([a[i] for a in at]) for i in range(4)] + [spread([o[i] for o in own]) for i in range(3)])
    return table([kind, "rms of ΔS", "dKᵀQ", "KᵀdQ", "dKᵀdQ", "dK own", "inherited", "joint"], rows)


def inside(kinds):
    rows = []
    for kind, seeds in kinds.items():
        rows.append([kind] + [spread([s["sources"]["all"]["dKtQ"][i] for s in seeds]) for i in range(2)]
                    + [spread([s["moved"]["after→before"] for s in seeds])]
                    + [spread([s["stream"][f"{region} L3"][i] for s in seeds]) for region in ("before", "after") for i in range(2)])
    return table(["kind", "dKᵀQ own", "inherited", "moved", "prefix stream", "its median", "stream after", "its median"], rows)


def lost(kinds, names):
    rows = []
    for kind, seeds in kinds.items():
        rows.append([kind] + [spread([s["knockouts"][name][0] for s in seeds], 0, 100) for name in names])
    return table(["kind, benefit lost in %"] + names, rows)


def chance(kinds):
    names = ["dKtQ.share after→before", "KtdQ.share after→before", "dKtdQ.share after→before", "moved after→before",
             "stream before→before L3", "stream after→after L3"]
    rows = []
    for kind, seeds in kinds.items():
        null = seeds[0]["null"]
        cell = lambda v: "–" if v is None else f"{v[0]:.2f} / {v[1]:.2f}" + ("" if v[3] is None else f" ({v[3]:+.1f})")
        rows.append([kind] + [cell(null.get(name)) for name in names])
    return table(["kind, seed 0: trained / random (z)"] + names, rows)


def figure(results, kinds):
    """Accuracy by kind: a bar for the mean, a dot for each seed."""
    height = len(kinds) * (BAR + GAP) + 40
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 60} {height}" font-family="sans-serif" font-size="12">',
           "<title>Accuracy after the separator, by what the adapter may change and where it acts</title>",
           f'<rect width="{LEFT + WIDTH + 60}" height="{height}" fill="#fff"/>']
    for index, (kind, seeds) in enumerate(kinds.items()):
        top, values = 10 + index * (BAR + GAP), [row["accuracy"] for row in seeds]
        mean = statistics.mean(values)
        colour = "#c26a2d" if seeds[0]["mode"] == "masked" else "#7a5aa6" if seeds[0]["mode"] == "two-views" else "#3b6ea5"
        out.append(f'<text x="{LEFT - 8}" y="{top + 11}" text-anchor="end">{kind}</text>')
        out.append(f'<rect x="{LEFT}" y="{top}" width="{WIDTH * mean:.1f}" height="{BAR}" fill="{colour}" fill-opacity="0.55"/>')
        out += [f'<circle cx="{LEFT + WIDTH * v:.1f}" cy="{top + BAR / 2:.1f}" r="3" fill="{colour}"/>' for v in values]
        out.append(f'<text x="{LEFT + WIDTH + 12}" y="{top + 11}">{100 * mean:.0f} %</text>')
    out.append(f'<text x="8" y="{height - 10}">Accuracy: mean (bar), seeds (dots). Blue acts everywhere, orange is masked, violet two views.</text>')
    return "\n".join(out + ["</svg>"]) + "\n"


def render():
    results, kinds = load()
    seen = measured(kinds)
    parts = [
        "# Tables of the miniature", "Made by tables.py from results.json. Mean ± standard deviation over seeds.",
        "## Accuracy and loss", training(results, kinds),
        "## Differences, paired by seed", differences(results, kinds),
        "## Terms of lookups (after → before), pooled over layers and heads", "Raw shares:", shares(seen, 0), "Centred shares:", shares(seen, 1),
        "## By layer, centred, with the sources of dKᵀQ", *[layers(seen, kind) for kind in ("full", "no-k", "k-only", "full-masked") if kind in seen],
        "## Sources, attention moved, stream", inside(seen),
        "## Knock-outs, after → before unless said otherwise",
        "Those of `two-views` start from that adapter acting everywhere; the column “two views” is its own mode.",
        lost(seen, ["dKtQ", "KtdQ", "dKtdQ", "dKtQ,dKtdQ", "scores", "PdV,dPdV"]),
        lost(seen, ["dK.own", "dK.inherited", "dV.own", "dV.inherited", "prefix", "masked", "mask k,v:none", "two views"]),
        "## Against random changes of the same norms and spectra", chance(seen)]
    return {"tables.md": "\n\n".join(parts) + "\n", "accuracy.svg": figure(results, kinds)}


def main():
    files, stale = render(), []
    for name, text in files.items():
        path = HERE / name
        if "--check" in sys.argv[1:]: stale += [name] if not path.exists() or path.read_text() != text else []
        else: path.write_text(text)
    if stale: sys.exit(f"not what results.json gives: {', '.join(stale)}")


if __name__ == "__main__": main()
