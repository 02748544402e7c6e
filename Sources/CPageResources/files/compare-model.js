// The data of a comparison: rows by kind and pair of regions.

const data = JSON.parse(find("data").textContent);
// What files that are saved begin with.
const pageName = data.name;
const adapters = data.adapters.map(([name, page]) => ({ name, page }));
const isMoved = data.measure === "moved";
const measureName = { divergence: "what attention felt, in nats", moved: "attention moved", rms: "rms ΔS" }[data.measure];

const groups = new Map(data.groups.map(({ kind, place, rows }) => [`${kind} ${place}`, rows]));
const rowsOf = (kind, pair) => groups.get(`${kind} ${pair}`) ?? [];
const placeTitle = (pair) => data.places[pair][2];
const placeFile = (pair) => fileName(placeTitle(pair).replace(" → ", "-to-"));

const bounds = (low, high) => (low === null || high === null || low === high ? null : [low, high]);

// Layers and heads by their place: how far adapters lie apart, and the measure by adapter.
const spreads = new Map();
const spreadKey = (at) => `${at.pair} ${at.layer} ${at.head ?? ""}`;
for (const pair of data.places.keys()) {
  for (const [layer, apart, low, high, ...values] of rowsOf("layers", pair)) {
    spreads.set(spreadKey({ pair, layer, head: null }), { apart, bounds: bounds(low, high), values });
  }
  for (const [layer, head, apart, ...values] of rowsOf("heads", pair)) {
    spreads.set(spreadKey({ pair, layer, head }), { apart, bounds: null, values });
  }
}

// The measure of all layers and heads by adapter, with its bounds.
function wholes(pair) {
  const values = adapters.map(() => ({ value: null, bounds: null }));
  for (const [adapter, value, low, high] of rowsOf("blocks", pair)) values[adapter] = { value, bounds: bounds(low, high) };
  return values;
}

const spreadOf = (at) => spreads.get(spreadKey(at));

// Heads of a pair of regions that the page has, with how far adapters lie apart.
const headsOf = (pair) => rowsOf("heads", pair).map(([layer, head]) => {
  const at = { pair, layer, head };
  return { at, spread: spreadOf(at) };
});

const name = (at) =>
  at.layer === null ? "All layers and heads" : at.head === null ? `L${at.layer}` : `L${at.layer}H${at.head}`;

// Numbers, as the report has them.

const valueText = (value) => (value === null ? "–" : isMoved ? percent(value) : size(value));

function points(change) {
  const value = change * 100;
  if (value === 0) return "0";
  const text = Math.abs(value) < 0.1 ? size(Math.abs(value)) : Math.abs(value).toFixed(1);
  return (value < 0 ? "−" : "+") + text;
}

const boundText = (value) => (isMoved ? (100 * value).toFixed(1).replace("-", "−") : value < 0 ? signed(value) : size(value));
const bracket = (range) => (range ? ` [${range.map(boundText).join(" to ")}]` : "");
// A difference of the measure: in percentage points where it is a part.
const lessText = (change) => (isMoved ? points(change) : signed(change));
const apartText = (spread) => lessText(spread.apart) + bracket(spread.bounds) + (isMoved ? " points" : "");

// Names of the adapters with the largest and the smallest value.
function ends(values) {
  const known = adapters.map(({ name }, number) => ({ name, value: values[number] })).filter(({ value }) => value !== null);
  const by = (isBetter) => known.reduce((best, next) => (isBetter(next.value, best.value) ? next : best)).name;
  return known.length ? { largest: by((a, b) => a > b), smallest: by((a, b) => a < b) } : null;
}
