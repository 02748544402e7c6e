// What is known of a head, a layer, or all of them, adapter beside adapter.

const lengthBar = (value, largest) => drawing("svg", { class: "bar", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
  value ? drawing("rect", { class: "length", width: (100 * value) / largest, height: 8 }) : "");

// A row an adapter: its name, which leads to the same place in its own page, a bar, and the number.
function bars(at, values) {
  const largest = Math.max(...values.map(({ value }) => value ?? 0)) || 1;
  return element("table", { class: "bars" }, element("tbody", {}, adapters.map((adapter, number) => {
    const { value, bounds } = values[number];
    const title = adapter.page
      ? element("a", { href: pageAddress(adapter, at), title: `${name(at)} in the page of ${adapter.name}` }, adapter.name) : adapter.name;
    return element("tr", {}, element("th", { scope: "row" }, title), element("td", { class: "room" }, lengthBar(value, largest)),
      element("td", { class: "number" }, valueText(value), bounds ? element("small", {}, bracket(bounds)) : ""));
  })));
}

// How far adapters lie apart, and how sure that is.
function apart(at, spread) {
  if (spread.apart === 0) return element("p", {}, "Adapters do not differ here.");
  const found = ends(spread.values);
  const layer = at.head === null ? null : spreadOf({ ...at, head: null });
  return [
    element("p", {}, element("strong", {}, `${apartText(spread)} apart`), `: ${found.largest} less ${found.smallest}.`),
    at.head !== null && layer?.bounds ? element("p", { class: "reading" },
      "Heads have no intervals. In the layer, ", link(`L${at.layer}`, { head: null }), `, adapters lie ${apartText(layer)} apart.`) : "",
  ];
}

// How each two adapters differ over all layers and heads.
function differences(at) {
  const rows = rowsOf("pairs", at.pair);
  if (!rows.length) return "";
  return [
    element("h4", {}, isMoved ? "Each two adapters, in percentage points" : "Each two adapters"),
    element("table", { class: "bars" }, element("tbody", {}, rows.map(([first, second, value, low, high]) => element("tr", {},
      element("th", { scope: "row" }, `${adapters[first].name} less ${adapters[second].name}`),
      element("td", { class: "number" }, lessText(value), element("small", {}, bracket(bounds(low, high)))))))),
    element("p", { class: "reading" }, "Brackets hold 95 % intervals, paired by prompt."),
  ];
}

function panel(now) {
  const spread = now.layer === null ? null : spreadOf(now);
  const up = [
    now.layer === null ? "" : link("all", { layer: null, head: null }),
    now.head === null ? "" : link(`L${now.layer}`, { head: null }),
  ];
  const content = now.layer === null ? [bars(now, wholes(now.pair)), differences(now)]
    : spread ? [bars(now, spread.values.map((value) => ({ value, bounds: null }))), apart(now, spread)]
      : element("p", { class: "reading" }, `There is nothing of ${name(now)} in this page; comparison.json has it.`);
  const hasPages = adapters.some(({ page }) => page);
  find("panel").replaceChildren(
    element("h3", {}, `${name(now)}, ${placeTitle(now.pair)}`), element("p", { class: "up" }, up),
    element("p", { class: "reading" }, `${measureName[0].toUpperCase()}${measureName.slice(1)}`,
      hasPages ? "; an adapter's name leads to the same place in its own page" : "", "."),
    ...[content].flat(Infinity).filter((child) => child));
}
