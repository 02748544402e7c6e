// Draws the view that the address names, and again whenever it changes.

function render() {
  const now = view();
  const focused = ["map", "writers"].find((id) => find(id)?.querySelector("svg.map")?.contains(document.activeElement));
  if (find("explore")) {
    switches(now);
    map(now);
    panel(now);
    writerSection(now);
    pairs(now);
    headSection(now);
  }
  if (focused) find(focused).querySelector("svg.map").focus({ preventScroll: true });
  for (const link of document.querySelectorAll(".matrix a")) {
    if (Number(link.dataset.pair) === now.pair) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  for (const link of document.querySelectorAll("a.sibling:not([aria-current])")) link.hash = location.hash;
}

const savedTables = new Map(data.tables);

function layerTable() {
  const rows = changed.flatMap((pair) => [...Array(data.layers).keys()].map((layer) => ({ pair, layer, head: null }))
    .filter((at) => row("terms", at))
    .map((at) => {
      const { split } = data.pairs[pair];
      const found = termsOf(at, split);
      return [data.pairs[pair].query, data.pairs[pair].key, at.layer, found?.part, unit(split), found?.size, ...(found?.shares ?? ["", "", ""])];
    }));
  return csv([["query", "key", "layer", "part of the change", "unit", "size", ...terms.map((term) => term.symbol)], ...rows]);
}

begin((figure) => (figure === "shares-by-layer" ? layerTable : savedTables.has(figure) ? () => savedTables.get(figure) : null));
