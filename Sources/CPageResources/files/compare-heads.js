// The table of heads, those first in which adapters lie furthest apart.

function headColumns() {
  return [
    ["name", "head", ({ at }) => at.layer * data.heads + at.head, ({ at }) => link(name(at), { layer: at.layer, head: at.head }), true],
    ["apart", isMoved ? "apart, points" : "apart", ({ spread }) => spread.apart,
      ({ spread }) => lessText(spread.apart)],
    ...adapters.map((adapter, number) => [`adapter${number}`, adapter.name, ({ spread }) => spread.values[number] ?? -1,
      ({ spread }) => valueText(spread.values[number])]),
  ];
}

function headTable(now) {
  return csv([
    ["query", "key", "layer", "head", "apart", ...adapters.map(({ name }) => name)],
    ...headsOf(now.pair).map(({ at, spread }) => [
      data.places[at.pair][0], data.places[at.pair][1], at.layer, at.head, spread.apart, ...spread.values,
    ]),
  ]);
}

function headSection(now) {
  const wanted = now.filter.trim().toLowerCase();
  const rows = headsOf(now.pair).filter(({ at }) => headMatches(at, wanted) ?? name(at).toLowerCase().includes(wanted));
  filteredSection(now, `Heads, ${placeTitle(now.pair)}: ${measureName}`, "L18, H7, L18H7", [
    ...sortedTable(headColumns(), rows, now),
    downloads(`heads-${placeFile(now.pair)}`, null, () => headTable(now)),
  ]);
}
