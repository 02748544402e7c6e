// What is known of a head, a layer, or all of them.

// Shares beside each other, negative ones to the left of the line.
function bar(shares, styles) {
  const low = Math.min(0, shares.filter((share) => share < 0).reduce((a, b) => a + b, 0));
  const high = Math.max(1, shares.filter((share) => share > 0).reduce((a, b) => a + b, 0));
  const x = (share) => (100 * (share - low)) / (high - low);
  let [up, down] = [0, 0];
  const parts = shares.map((share, number) => {
    const from = share < 0 ? down + share : up;
    if (share < 0) down += share; else up += share;
    return drawing("rect", { x: x(from), width: x(from + Math.abs(share)) - x(from), height: 8, class: styles[number] });
  });
  return drawing("svg", { class: "bar", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" }, parts,
    low < 0 ? drawing("line", { x1: x(0), x2: x(0), y1: 0, y2: 8, class: "axis" }) : "");
}

function table(header, rows) {
  const cell = (tag, value, column) => element(tag, column ? { class: "number" } : tag === "td" ? {} : { scope: "col" }, value);
  return element("div", { class: "wide" }, element("table", {},
    element("thead", {}, element("tr", {}, header.map((value, column) => cell("th", value, column)))),
    element("tbody", {}, rows.map((cells) => element("tr", {}, cells.map((value, column) => cell("td", value, column)))))));
}

const swatch = (term) => [
  drawing("svg", { class: "swatch", width: 10, height: 10, "aria-hidden": "true" },
    drawing("rect", { width: 10, height: 10, class: terms[term].name })), ` ${terms[term].symbol}`,
];

function termTable(at) {
  const splits = splitsOf(at.pair).map((split) => ({ split, found: termsOf(at, split), detail: detail(at, split) }))
    .filter(({ found }) => found);
  const text = ({ found, detail }, term) => {
    if (found.zero[term]) return "0";
    const bounds = detail?.bounds[term];
    const isWide = bounds && percent(bounds[0]) !== percent(bounds[1]);
    return percent(found.shares[term]) + (isWide ? ` [${percent(bounds[0]).replace("\u00A0%", "")} to ${percent(bounds[1])}]` : "");
  };
  const rows = terms.map((_, term) => [
    swatch(term), ...splits.flatMap((split) => [text(split, term), size(split.detail?.sizes[term])]),
  ]);
  rows.push(["all", ...splits.flatMap(({ found }) => ["", size(found.size)])]);
  const header = { nats: ["of what attention felt", "nats"], centred: ["centred", "rms"], raw: ["raw", "rms"] };
  const structural = data.pairs[at.pair].structural.map((term) => terms[term].symbol);
  return [
    bar(termsOf(at, at.split).shares, terms.map((term) => term.name)),
    table(["term", ...splits.flatMap(({ split }) => header[split])], rows),
    structural.length ? element("p", { class: "reading" },
      `${structural.join(" and ")} ${structural.length === 1 ? "is" : "are"} structurally zero here: mask or targets force it. ` +
      "What they have nevertheless, in nats or centred, is what the row's other keys gained.") : "",
  ];
}

// Several items in prose, and what to say where the page has none of a row though it has others of the kind.
const missing = (kind) => (kinds.has(kind) ? element("p", { class: "reading" }, "Left out of this page for its size; analysis.json has it.") : null);

function part(title, kind, at, show) {
  const own = row(kind, at);
  const content = own ? show(own) : missing(kind);
  return content && [element("h4", {}, title), content];
}

function massPart(at) {
  return part("Attention", "mass", at, () => {
    const { base, adapted, moved, byKey, byQuery, change } = mass(at);
    return element("p", {}, element("strong", {}, `${fine(moved)} moved`),
      `: “${data.pairs[at.pair].key}” gets ${percentage(adapted)} where it got ${percentage(base)} of the attention of ` +
      `“${data.pairs[at.pair].query}” (${points(change)} points: ${points(byKey)} by changed keys, ` +
      `${points(byQuery)} by changed queries).`);
  });
}

const sourceNames = ["own", "inherited", "joint", "norm"];

function sourcesPart(at) {
  const felt = row("nats", at);
  if (felt) {
    return [element("h4", {}, "What the terms are made of"), felt.slice(7).map((sizes, number) => {
      const texts = sizes.map((value, source) => `${sourceNames[source]} ${value === null ? "0" : percent(share(value))}`);
      return [element("p", {}, `${terms[number].symbol}, ${percent(share(felt[1 + number]))} of what attention felt: ${texts.join(", ")}`),
        bar(sizes.map(share), sizes.map((_, source) => `source${source}`))];
    })];
  }
  return part("What the terms are made of", "sources", at, (own) =>
    own.map((sizes, number) => {
      const shares = sizes.filter((_, place) => place % 2).map(share);
      if (sizes.every((value) => !value)) return element("p", {}, `${terms[number].symbol} is zero.`);
      const texts = shares.map((value, source) => `${sourceNames[source]} ${sizes[2 * source + 1] === null ? "0" : percent(value)}`);
      return [element("p", {}, `${terms[number].symbol}: ${texts.join(", ")}`),
        bar(shares, shares.map((_, source) => `source${source}`))];
    }));
}

function valuesPart(at) {
  return part("What is written to the stream", "values", at, ([delta, ...sizes]) => {
    const texts = ["dP·V", "P·dV", "dP·dV"].map((symbol, term) =>
      `${symbol} ${sizes[2 * term + 1] === null ? "0" : percent(share(sizes[2 * term + 1]))}`);
    return element("p", {}, delta === 0 ? "Nothing changes." : `The change's size is ${size(delta)}: ${texts.join(", ")}.`);
  });
}

function panel(now) {
  const found = termsOf(now, now.split);
  const up = [
    now.layer === null ? "" : link("all", { layer: null, head: null }),
    now.head === null ? "" : link(`L${now.layer}`, { head: null }),
  ];
  const content = found
    ? [element("p", {}, found.size === 0 ? "Nothing changes." : [
      now.layer === null ? "" : element("strong", {}, `${percent(found.part)} of the change`),
      now.layer === null ? "" : "; ", leader(found) === "mixed" ? "no term leads." : `${leaderName(found)} leads.`]),
      found.size === 0 ? "" : termTable(now), rolePart(now), knockoutPart(now), massPart(now), sourcesPart(now), writerPart(now),
      valuesPart(now)]
    : element("p", { class: "reading" }, `There is nothing of ${name(now)} in this page; analysis.json has it.`);
  find("panel").replaceChildren(
    element("h3", {}, `${name(now)}, ${pairTitle(now.pair)}`), element("p", { class: "up" }, up),
    ...[content].flat(Infinity).filter((child) => child));
}
