// Draws the view that the address names, and again whenever it or the width changes.

function render() {
  // Of ablations alone there is nothing to look into.
  if (!find("explore")) return;
  const now = view();
  switches(now);
  sideBySide(now);
  panel(now);
  headSection(now);
  const place = placeParts(now).toString();
  for (const link of document.querySelectorAll("a.sibling:not([aria-current])")) link.hash = place;
  for (const link of document.querySelectorAll("#adapters a")) if (adapters[link.dataset.adapter].page) link.hash = place;
}

// Rows behind the layers' figure.
function layerTable() {
  return csv([
    ["query", "key", "layer", ...adapters.map(({ name }) => name)],
    ...data.places.flatMap(([query, key], pair) =>
      rowsOf("layers", pair).map(([layer, , , , ...values]) => [query, key, layer, ...values])),
  ]);
}

begin((figure) => (figure === "adapter-layers" ? layerTable : null));
addEventListener("resize", render);
