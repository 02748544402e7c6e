// The pairs of tokens between which attention changed most, in context.

const reach = 8;

// The tokens round a position; the one that is meant in the colour of a term.
function context(prompt, position, term) {
  const parts = [];
  for (let place = position - reach; place <= position + reach; place++) {
    const token = tokens.get(`${prompt} ${place}`);
    if (token === undefined) continue;
    const text = data.hasTexts ? String(token) : `${token}`;
    if (!data.hasTexts && parts.length) parts.push(" ");
    parts.push(place === position
      ? element("mark", { class: terms[term].name }, text === "" ? "(part of a character)" : text) : text);
  }
  return element("span", { class: "context" }, parts.length ? parts : `token ${position}`);
}

function pairItem(item, layer, now) {
  const [prompt, head, query, key] = item;
  const start = now.split === "raw" ? 8 : 4;
  const [delta, ...changes] = item.slice(start, start + 4);
  const [base, adapted, nats] = item.slice(12);
  const sizes = changes.map(Math.abs);
  const first = sizes.indexOf(Math.max(...sizes));
  const total = sizes.reduce((a, b) => a + b, 0) || 1;
  const texts = terms.filter((_, term) => changes[term] !== 0).map((term) => `${term.symbol} ${signed(changes[terms.indexOf(term)])}`);
  return element("li", {},
    element("p", {}, element("strong", {}, `${size(nats)} nats`), "; attention ",
      element("strong", {}, `${percent(base)} → ${percent(adapted)}`), `; ΔS ${signed(delta)} = ${texts.join(", ") || "0"}`),
    bar(changes.map((change) => change / total), terms.map((term) => term.name)),
    element("p", { class: "from" }, element("span", { class: "what" }, "query "), context(prompt, query, first)),
    element("p", { class: "from" }, element("span", { class: "what" }, "key "), context(prompt, key, first)),
    element("p", { class: "reading" },
      now.head === null ? [link(`L${layer}H${head}`, { layer, head }), ", "] : "",
      `prompt ${data.prompts[prompt] ?? prompt}, tokens ${query} and ${key}`));
}

// The pairs of the view with their layers; of all layers those with most nats, as many as one has.
function strongestPairs(now) {
  if (now.layer !== null) return (row("pairs", now) ?? []).map((item) => ({ item, layer: now.layer }));
  const lists = [...Array(data.layers).keys()].map((layer) =>
    (row("pairs", { ...now, layer }) ?? []).map((item) => ({ item, layer })));
  const most = lists.reduce((most, list) => Math.max(most, list.length), 0);
  return lists.flat().sort((a, b) => b.item[14] - a.item[14]).slice(0, most);
}

function pairs(now) {
  if (!kinds.has("pairs")) {
    find("pairs").replaceChildren();
    return;
  }
  const found = strongestPairs(now);
  const reading = found.length === 0
    ? ["None in this page; analysis.json has all that were kept."]
    : ["The marked query looks at the marked key; their colour is the term with the largest part. ",
      now.split === "raw" ? "ΔS is raw." : "ΔS is centred.", " Nats are what a pair adds to what attention felt, for its one query.",
      data.hasTexts ? "" : " The base has no tokenizer that could be read, so tokens are shown by their ids."];
  find("pairs").replaceChildren(
    element("h3", {}, `Pairs of tokens between which attention changed most: ${name(now)}, ${pairTitle(now.pair)}`),
    element("p", { class: "reading" }, reading),
    element("ol", { class: "pairs" }, found.map(({ item, layer }) => pairItem(item, layer, now))));
}
