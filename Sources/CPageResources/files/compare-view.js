// What is shown: a pair of regions, and a layer or a head. The same names as in the adapters' own pages.

const choices = ["apart", "name", ...adapters.map((_, number) => `adapter${number}`)];

function view() {
  const given = new URLSearchParams(location.hash.slice(1));
  const found = data.places.findIndex(([query, key]) => query === given.get("query") && key === given.get("key"));
  const layer = indexIn(given, "layer", data.layers);
  return {
    pair: found < 0 ? 0 : found, layer, head: layer === null ? null : indexIn(given, "head", data.heads),
    sort: choices.includes(given.get("sort")) ? given.get("sort") : "apart", up: given.get("up") === "1",
    filter: given.get("filter") ?? "", all: given.get("all") === "1",
  };
}

// What names a place in an address; all tokens have no regions to name.
function placeParts(at) {
  const parts = new URLSearchParams();
  const [query, key] = data.places[at.pair];
  if (query !== "*" || key !== "*") {
    parts.set("query", query);
    parts.set("key", key);
  }
  if (at.layer !== null) parts.set("layer", at.layer);
  if (at.layer !== null && at.head !== null) parts.set("head", at.head);
  return parts;
}

// The address of the view after a change; what is as usual is left out.
function address(change) {
  const next = { ...view(), ...change };
  const parts = placeParts(next);
  if (next.sort !== "apart") parts.set("sort", next.sort);
  if (next.up) parts.set("up", "1");
  if (next.filter) parts.set("filter", next.filter);
  if (next.all) parts.set("all", "1");
  return `#${parts}`;
}

// The place in an adapter's own page.
const pageAddress = (adapter, at) => `${adapter.page}#${placeParts(at)}`;

// The switch stays while what it changes is drawn, so that it keeps the focus.
function switches(now) {
  if (!find("switches").firstChild) {
    find("switches").append(selection("Regions", "pair", data.places.map((_, pair) => [String(pair), placeTitle(pair)]), now.pair));
  }
  find("switches").querySelector("select").value = String(now.pair);
}
