// The page's data: rows by pair of regions, kind, layer and head, where null is all of them.

const data = JSON.parse(find("data").textContent);
// What files that are saved begin with.
const pageName = data.adapted;

const terms = [
  { name: "dKtQ", symbol: "dKᵀQ", scale: "k", about: "other keys" },
  { name: "KtdQ", symbol: "KᵀdQ", scale: "q", about: "other queries" },
  { name: "dKtdQ", symbol: "dKᵀdQ", scale: "b", about: "both" },
];

const place = (pair, kind, layer, head) => `${pair} ${kind} ${layer ?? ""} ${head ?? ""}`;
const index = new Map();
const kinds = new Set();
for (const group of data.groups) {
  kinds.add(group.kind);
  for (const row of group.rows) index.set(place(group.pair, group.kind, row[0], row[1]), row.slice(2));
}

const row = (kind, at) => index.get(place(at.pair, kind, at.layer, at.head));
const pairTitle = (pair) => `${data.pairs[pair].query} → ${data.pairs[pair].key}`;
const name = (at) =>
  at.layer === null ? "All layers and heads" : at.head === null ? `L${at.layer}` : `L${at.layer}H${at.head}`;

const share = (count) => (count === null ? 0 : count / 10000);

// What a change can be split by: nats of attention where the page has them, the scores' energy.
const splitsOf = (pair) =>
  (row("nats", { pair, layer: null, head: null }) ? ["nats", "centred", "raw"] : ["centred", "raw"]);

// The unit of a change's size.
const unit = (split) => (split === "nats" ? "nats" : "rms ΔS");

// Part of the pair's change, its size, the terms' shares, and which leads (3: none, 4: nothing changes); a term that is exactly zero
// is in `zero`.
function termsOf(at, split) {
  const own = row("terms", at);
  const numbers = split === "nats" ? row("nats", at) : own?.slice(split === "raw" ? 6 : 1);
  if (!own || !numbers) return null;
  const shares = numbers.slice(1, 4);
  return { part: own[0], size: numbers[0], shares: shares.map(share), zero: shares.map((value) => value === null), verdict: numbers[4] };
}

// The terms' sizes and the intervals of their shares.
function detail(at, split) {
  const own = row(split === "nats" ? "nats" : "detail", at);
  if (!own) return null;
  const start = split === "raw" ? 5 : 1;
  const bounds = (split === "nats" ? own[5] : own[9 + (split === "raw" ? 1 : 0)]) ?? [];
  return {
    sizes: split === "nats" ? own[6] : own.slice(start + 1, start + 4),
    bounds: terms.map((_, term) => (bounds.length ? bounds.slice(2 * term, 2 * term + 2).map(share) : null)),
  };
}

function mass(at) {
  const own = row("mass", at);
  return own && { base: own[0], adapted: own[1], moved: own[2], byKey: own[3], byQuery: own[4], change: own[5] };
}

// The term that leads: an index, "mixed" or "unchanged".
function leader(found) {
  if (!found || found.size === 0) return "unchanged";
  return ["mixed", "unchanged"][found.verdict - terms.length] ?? found.verdict;
}

const leaderName = (found) => {
  const first = leader(found);
  return terms[first]?.symbol ?? first;
};

// Heads of a pair that the page has rows of, by layer and head.
function heads(pair) {
  const found = [];
  for (let layer = 0; layer < data.layers; layer++) {
    for (let head = 0; head < data.heads; head++) {
      if (index.has(place(pair, "terms", layer, head))) found.push({ pair, layer, head });
    }
  }
  return found;
}

const changed = data.pairs.map((pair, number) => number).filter((number) => data.pairs[number].isChanged);

// The largest of something over the heads of all pairs of regions, so that maps have one scale.
const largest = (() => {
  const known = new Map();
  return (what, value) => {
    if (!known.has(what)) {
      known.set(what, changed.flatMap((pair) => heads(pair)).map(value).filter(Number.isFinite).reduce((a, b) => Math.max(a, b), 0));
    }
    return known.get(what);
  };
})();

// Tokens by prompt and position.
const tokens = new Map();
for (const [prompt, start, texts] of data.tokens) {
  texts.forEach((text, offset) => tokens.set(`${prompt} ${start + offset}`, text));
}
