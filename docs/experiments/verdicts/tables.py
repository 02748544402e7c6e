#!/usr/bin/env python3
"""Keeps the tables and the verdicts of ../verdicts.md and the figure what runs/, measured/ and probes.json say; standard library only.

    tables.py [--check]      writes them; with --check the exit code says whether they are what would be written
"""
import re, sys

import figures
from decision import Decision
from results import HERE, SEEDS, TERMS, Results, pair, text

PAGE = HERE.parent / "verdicts.md"
KINDS = ["full", "no-k", "no-q", "no-v", "full-q16", "k-only", "q-only", "mlp-only"]


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| --- " + "| --: " * (len(head) - 1) + "|"]
    return "\n".join(lines + ["|" + "|".join(f" {cell} " if cell else " " for cell in row) + "|" for row in rows])


def percent(value, digits=1): return f"{100 * value:.{digits}f}"


def answer(results, decision):
    """The page's first words: what stands, and of how many seeds."""
    _, gate, words, _ = decision.lines[0]
    found = ", ".join(f"{name} {verdict}" for name, verdict, *_ in decision.lines if name.startswith("P"))
    said = [f"**{len(results.cost('full'))} of {len(SEEDS)} seeds have finished for `full` with and without the mask.**",
            f"The gate is {gate} ({words}).", f"By the criteria: {found}."]
    base = results.probes.get("base")
    if base:
        best = max(range(len(base)), key=base.__getitem__)
        said.append("What depends on no seed: a linear probe reads whether a claim is true from the *base's* stream at the claim, before any "
                    f"adapter, with {percent(base[best], 0)} % accuracy at best (entering layer {best}).")
    return "\n".join(said)


def accuracy(results):
    rows = []
    if results.base:
        scores = results.base["scores"]
        rows.append(["base", percent(scores["held"]["verdict"]), "", "", percent(scores["unseen"]["verdict"]), ""])
    for kind in KINDS:
        seen = [results.by_seed(kind), results.by_seed(kind, "masked"), results.cost(kind),
                results.by_seed(kind, judged="unseen"), results.by_seed(kind, "masked", judged="unseen")]
        if any(seen): rows.append([f"`{kind}`", *map(text, seen)])
    return table(["kind", "unmasked %", "masked %", "what the mask costs", "unseen words, unmasked %", "masked %"], rows)


def recall(results):
    rows = []
    for kind in KINDS:
        seen = [results.by_seed(kind, mode, what) for what in ("colour", "caught") for mode in ("plain", "masked")]
        if any(seen): rows.append([f"`{kind}`", *map(text, seen)])
    return table(["kind", "colour %", "masked %", "false claims caught %", "masked %"], rows)


def tuning(results):
    rows = []
    for row in results.runs.values():
        if row.get("seed") != 0: continue
        held = row["scores"]["held"]
        mode = "" if row["mode"] == "plain" else f", {row['mode']}"
        rows.append([f"`{row['kind']}`{mode}", f"{row['rate']:g}", percent(held["verdict"]), f"{held['loss'][1]:.3f}"])
    return table(["kind, seed 0", "rate", "verdicts %", "their loss"], rows)


def longer(results):
    adapters = {"`full`": results.by_seed("full"), "`full`, masked": results.by_seed("full", "masked"),
                "`full`, masked, 400 steps": results.by_seed("full", "masked", steps=400), "`full`, both caches": results.by_seed("full", "both")}
    return table(["adapter", "verdicts %"], [[name, text(values)] for name, values in adapters.items() if values])


def mismatch(results):
    """Trained under one mask and judged under both."""
    rows = []
    for trained, other in (("masked", "late"), ("late", "masked")):
        seen = {trained: results.by_seed("full", trained), other: results.by_seed("full", trained, judged=f"held, {other}")}
        if seen[trained]: rows.append([f"trained {trained}", text(seen["masked"]), text(seen["late"]), text(pair(seen[trained], seen[other]), True)])
    return table(["`full`", "judged masked %", "judged late %", "what the mismatch costs"], rows)


def probe(results):
    """Every third layer, and the one where the base's is best."""
    if not results.probes: return table(["read from"], [])
    base = results.probes.get("base", [])
    layers = [layer for layer in range(len(base)) if layer % 3 == 0 or base[layer] == max(base)]
    return table(["read from"] + [f"L{layer}" for layer in layers],
                 [[f"`{name}`"] + [percent(row[layer], 0) for layer in layers] for name, row in results.probes.items()])


def worth(part):
    """«13.7 [9.8, 17.1]»"""
    if not part or part[0] is None: return "–"
    return percent(part[0]) + (f" [{percent(part[1])}, {percent(part[2])}]" if len(part) > 2 else "")


def why(results):
    rows = []
    for name, row in results.measured.items():
        nats = row["nats"].get("after→before", [0, 0, 0, 0])
        rows.append([f"`{name}`", f"{nats[0]:.3f}", *(percent(share, 0) for share in nats[1:]),
                     *(worth(row["worth"].get(part)) for part in (*TERMS, "own", "inherited", "joint", "scores", "values")),
                     *(worth(row["worthEverywhere"].get(term)) for term in TERMS)])
    symbols = list(TERMS.values())
    return table(["adapter", "nats a query and head", *(f"{symbol} of them %" for symbol in symbols), *(f"{symbol} worth %" for symbol in symbols),
                  "own %", "inherited %", "joint %", "scores %", "changed values %", *(f"{symbol} everywhere %" for symbol in symbols)], rows)


def writers(results):
    rows = []
    for name, row in results.measured.items():
        of = (row["writers"] or {"of": {}, "share": 0})["of"]
        largest = sorted((writer for writer in of if "." in writer), key=lambda writer: -of[writer])[:4]
        heads = [f"{head} {percent(share, 0)}" + (f" ({role})" if role and held > 0.4 else "") for head, share, role, held in row["heads"][:4]]
        rows.append([f"`{name}`", percent(row["writers"]["share"], 0) if of else "–",
                     ", ".join(f"{writer} {percent(of[writer], 0)}" for writer in largest) or "–", ", ".join(heads)])
    return table(["adapter", "inherited by keys, of all nats %", "largest writers %", "heads that felt most %"], rows)


def render(results):
    decision = Decision(results)
    parts = {part.__name__: part(results) for part in (accuracy, recall, tuning, longer, mismatch, probe, why, writers)}
    return parts | {"answer": answer(results, decision), "verdicts": table(["", "verdict", "what was seen", "p, Holm"], decision.lines)}


def draw(results):
    lines = [(kind, list(results.by_seed(kind).values()), list(results.by_seed(kind, "masked").values())) for kind in KINDS]
    return figures.verdicts([line for line in lines if line[1] or line[2]], results.base and 100 * results.base["scores"]["held"]["verdict"])


def main():
    results = Results()
    parts = render(results)
    page = re.sub(r"(<!-- tables.py (\w+) -->\n).*?(\n<!-- end -->)", lambda m: m[1] + parts[m[2]] + m[3], PAGE.read_text(), flags=re.S)
    files = {PAGE: page, HERE / "verdicts.svg": draw(results)}
    if "--check" in sys.argv:
        stale = [path.name for path, text in files.items() if not path.exists() or path.read_text() != text]
        sys.exit(f"docs/experiments: not what the runs of verdicts give: {', '.join(stale)}" if stale else 0)
    for path, text in files.items(): path.write_text(text)


if __name__ == "__main__": main()
