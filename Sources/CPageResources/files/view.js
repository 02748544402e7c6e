// What is shown, kept in the address, so that a link or a reload shows the same.

const first = data.first ?? 0;
const choices = {
  by: ["leads", ...terms.map((term) => term.name), "size", "moved", "lost", "written"],
  read: Object.keys(inheritors),
  sort: ["part", "name", "rms", "dKtQ", "KtdQ", "dKtdQ", "leads", "moved", "lost", "role"],
};

function view() {
  const given = new URLSearchParams(location.hash.slice(1));
  const pair = data.pairs.findIndex((pair) => pair.query === given.get("query") && pair.key === given.get("key"));
  const chosen = changed.includes(pair) ? pair : first;
  const choice = (name, usual, among = choices[name]) => (among.includes(given.get(name)) ? given.get(name) : usual);
  const layer = indexIn(given, "layer", data.layers);
  const writer = (data.writers ?? []).indexOf(given.get("writer"));
  const by = choice("by", "leads");
  return {
    pair: chosen, layer, head: layer === null ? null : indexIn(given, "head", data.heads),
    by: by === "written" && writer < 0 ? "leads" : by, writer: writer < 0 ? null : writer, read: choice("read", "both"), split: choice("split", data.pairs[chosen]?.split, splitsOf(chosen)),
    sort: choice("sort", "part"), up: given.get("up") === "1", filter: given.get("filter") ?? "",
    all: given.get("all") === "1",
  };
}

// The address of the view after a change; what is as usual is left out.
function address(change) {
  const next = { ...view(), ...change };
  const usualSplit = data.pairs[next.pair].split;
  if ("pair" in change && !("split" in change)) next.split = usualSplit;
  const parts = new URLSearchParams();
  parts.set("query", data.pairs[next.pair].query);
  parts.set("key", data.pairs[next.pair].key);
  if (next.layer !== null) parts.set("layer", next.layer);
  if (next.layer !== null && next.head !== null) parts.set("head", next.head);
  if (next.writer !== null) parts.set("writer", data.writers[next.writer]);
  if (next.read !== "both") parts.set("read", next.read);
  if (next.by !== "leads") parts.set("by", next.by);
  if (next.split !== usualSplit) parts.set("split", next.split);
  if (next.sort !== "part") parts.set("sort", next.sort);
  if (next.up) parts.set("up", "1");
  if (next.filter) parts.set("filter", next.filter);
  if (next.all) parts.set("all", "1");
  return `#${parts}`;
}

const splitTexts = {
  nats: "nats: what attention felt", centred: "energy of the scores, centred", raw: "energy of the scores, raw",
};

function switches(now) {
  const colours = [
    ["leads", "the term that leads"], ...terms.map((term) => [term.name, `share of ${term.symbol}`]),
    ["size", "size of the change"],
  ];
  if (kinds.has("mass")) colours.push(["moved", "attention moved"]);
  if (hasLosses) colours.push(["lost", "benefit lost without the head"]);
  if (now.writer !== null) colours.push(["written", `what heads read of ${data.writers[now.writer]}`]);
  find("switches").replaceChildren(
    selection("Regions", "pair", changed.map((pair) => [String(pair), pairTitle(pair)]), now.pair),
    selection("Colour", "by", colours, now.by),
    selection("Measured in", "split", splitsOf(now.pair).map((split) => [split, splitTexts[split]]), now.split));
}
