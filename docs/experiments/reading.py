"""What the experiments keep of leibniz's reports: numbers of analysis.json and interventions.json, rounded to what pages show."""
TERMS = ["dKtQ", "KtdQ", "dKtdQ"]
LOOKUPS = ("after", "before")
BLOCKS = [("before", "before"), LOOKUPS, ("after", "after")]


def number(value):
    """Three significant digits and at most four decimals: what the page shows is less."""
    return None if value is None else round(float(f"{value:.3g}"), 4) + 0.0


def place(row): return row["query"], row["key"]


def split(row):
    """rms of the score's change, and the terms' shares in it."""
    return [number(row["delta"]["rms"])] + [number(row["terms"][term]["share"]) for term in TERMS]


def scores(analysis):
    """The pooled row of each block, and of each layer for lookups: [raw, centred]."""
    return {f"{row['query']}→{row['key']}" + ("" if row["layer"] is None else f" L{row['layer']}"): [split(row), split(row["centered"])]
            for row in analysis["summary"] if row["head"] is None and place(row) in BLOCKS and
            (row["layer"] is None or place(row) == LOOKUPS)}


def sources(analysis):
    """Of the keys' and the queries' change in lookups: the shares of own, inherited and joint, by layer and pooled."""
    return {"all" if row["layer"] is None else f"L{row['layer']}":
            {term: [number(row["terms"][term][source]["share"]) for source in ("own", "inherited", "joint")]
             for term in ("dKtQ", "KtdQ")}
            for row in analysis["sources"] if row["head"] is None and place(row) == LOOKUPS}


def writers(analysis):
    """Of what later keys inherit in lookups, in nats a query and head over all layers: how much, its share of all nats, and by writer."""
    rows = [row for row in analysis.get("writers", {}).get("reads", []) if row["layer"] is not None and row["head"] is None and
            row["term"] == "dKtQ" and place(row) == LOOKUPS]
    felt = sum(row["divergence"] for row in analysis.get("attention", []) if row["layer"] is not None and row["head"] is None and
               place(row) == LOOKUPS)
    nats = {}
    for row in rows:
        for writer, value in row["nats"].items(): nats[writer] = nats.get(writer, 0) + value
    total = sum(nats.values())
    return {"share": number(total / felt), "of": {writer: number(value / total) for writer, value in nats.items()}} if rows else None


def moved(analysis):
    return {f"{row['query']}→{row['key']}": number(row["moved"]) for row in analysis["mass"]
            if row["head"] is None and row["layer"] is None and place(row) in BLOCKS}


def stream(analysis, regions=("before", "after")):
    """How far the stream moved, relative and median, entering each layer."""
    return {f"{row['region']} L{row['layer']}": [number(row["relative"]), number(row["median"])]
            for row in analysis["stream"] if row["region"] in regions}


def chance(analysis, last):
    """Against random changes of the same norms and spectra: value, their mean and sd, z, by statistic; `last` is the last layer."""
    return {f"{row['statistic']} {row['query']}→{row['key']}" + ("" if row["layer"] is None else f" L{row['layer']}"):
            [number(row[key]) for key in ("value", "mean", "sd", "z")]
            for row in analysis.get("null", []) if row["head"] is None and
            ((row["layer"] is None and place(row) == LOOKUPS) or
             (row["statistic"] == "stream" and row["layer"] == last and row["query"] in ("before", "after")))}


def knockouts(interventions):
    """Base's and adapted loss, and of each intervention: benefit lost, loss."""
    rows, losses = {}, {}
    for family in ("overview", "knockouts"):
        for row in interventions[family]:
            tokens = sum(prompt["tokens"] for prompt in row["prompts"])
            mean = lambda key: number(sum(prompt[key] * prompt["tokens"] for prompt in row["prompts"]) / tokens)
            name = row["name"] if family == "knockouts" else "everywhere " + row["name"]
            rows[name] = [number(row["benefitLost"]), mean("knockout")]
            losses = {"base": mean("base"), "adapted": mean("adapted")}
    return losses, rows


def intervals(interventions):
    """By intervention, the 95 % interval of the benefit lost over prompts."""
    return {row["name"]: [number(bound) for bound in row["benefitLostInterval"] or []] for row in interventions["knockouts"]}


def worth(interventions):
    """By part, its Shapley value as a share of the benefit, and the 95 % interval over prompts."""
    return {part["name"]: [number(part["worth"]["benefitLost"])] + [number(bound) for bound in part["worth"]["benefitLostInterval"] or []]
            for row in interventions["worth"] for part in row["parts"]}


def felt(analysis, blocks=(LOOKUPS,)):
    """Of the pooled attention of each block: nats a query and head, and the terms' shares of them."""
    return {f"{row['query']}→{row['key']}": [number(row["divergence"])] + [number(row["terms"][term] / row["divergence"]) for term in TERMS]
            for row in analysis["attention"] if row["layer"] is None and row["head"] is None and place(row) in blocks and row["divergence"]}


def felt_sources(analysis):
    """Of what attention felt in lookups: the shares of own, inherited and joint of dKᵀQ and of KᵀdQ."""
    for row in analysis["attention"]:
        if row["layer"] is None and row["head"] is None and place(row) == LOOKUPS and row["divergence"]:
            share = lambda term, source: number(row["sources"][term][source] / row["divergence"])
            return {term: [share(term, source) for source in ("own", "inherited", "joint")] for term in ("dKtQ", "KtdQ")}
    return None
