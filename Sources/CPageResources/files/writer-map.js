// The map of writers: a row a reading layer, a column a writer; attentions, MLPs and what belongs to no layer beside each other.

const panelTitles = { attention: "written by attentions", mlp: "written by MLPs" };
const panelGap = 26;

// Panels with their writers, by column.
const writerPanels = (() => {
  const panels = new Map();
  for (let writer = 0; writer < (data.writerParts ?? 0); writer++) {
    const { layer, part } = writerAt(writer);
    const name = layer === null ? "" : part;
    if (!panels.has(name)) panels.set(name, { name, title: panelTitles[name] ?? (name ? `written by ${name}` : ""), writers: [] });
    const { writers } = panels.get(name);
    writers[layer ?? writers.length] = writer;
  }
  return [...panels.values()].sort((a, b) => (a.name === "") - (b.name === ""));
})();

// Columns of all panels, as arrow keys go through them.
const writerColumns = writerPanels.flatMap((panel) => [...panel.writers.keys()].map((column) => panel.writers[column]))
  .filter((writer) => writer !== undefined);

// Sizes, and where panels begin: beside each other, or one below the other where there is no room.
function writerLayout() {
  const room = find("writers").clientWidth || 600;
  const [left, top, wide] = [36, 44, 3];
  const columns = (panel) => (panel.name ? data.layers : wide * panel.writers.length);
  const all = writerPanels.reduce((sum, panel) => sum + columns(panel), 0);
  const beside = Math.floor((room - left - panelGap * writerPanels.length) / all);
  const isStacked = beside < 9 && room < 720;
  const side = fit(isStacked ? room - left - 8 : beside * all, isStacked ? data.layers : all, 6, 18);
  const bottom = top + data.layers * side + 20;
  let x = left;
  const panels = writerPanels.map((panel, number) => {
    const start = { x: isStacked ? left : x, y: isStacked ? number * (bottom + 8) : 0 };
    const cell = panel.name ? side : Math.max(wide * side, 26);
    const width = panel.name ? data.layers * side : cell * panel.writers.length;
    x += Math.max(width, panel.name ? 150 : 0) + panelGap;
    return { ...panel, ...start, cell, width };
  });
  return {
    side, left, top, panels, width: isStacked ? left + Math.max(...panels.map(({ width }) => width), 150) + 8 : x,
    height: isStacked ? panels.length * (bottom + 8) : bottom,
  };
}

// Nats by reading layer, in order.
const layerReads = (now) => [...Array(data.layers).keys()].map((layer) => written({ pair: now.pair, layer, head: null }, now.read));

// The end of the scale: one for all pairs of regions.
const mostWritten = (() => {
  const known = new Map();
  return (read) => {
    if (!known.has(read)) {
      known.set(read, changed.flatMap((pair) => layerReads({ pair, read })).reduce(
        (most, nats) => Math.max(most, ...[...(nats?.values() ?? [])].map(Math.abs)), 0));
    }
    return known.get(read);
  };
})();

// Roots tell small numbers apart, of which there are many.
const writtenStyle = (value, most, read) =>
  shade(value < 0 ? "n" : terms.find((term) => term.name === read)?.scale ?? "p", Math.sqrt(Math.abs(value) / most));

// One path for all cells of a colour.
function writtenCells(now, { side, top, panels }) {
  const [reads, most, paths] = [layerReads(now), mostWritten(now.read), new Map()];
  for (const { x, y, cell, writers } of panels) {
    reads.forEach((nats, layer) => writers.forEach((writer, column) => {
      const value = nats?.get(writer) ?? 0;
      if (value === 0) return;
      const style = writtenStyle(value, most, now.read);
      const border = side > 5 ? 1 : 0;
      paths.set(style, `${paths.get(style) ?? ""}M${x + column * cell} ${y + top + layer * side}h${cell - border}v${side - border}h${border - cell}z`);
    }));
  }
  return [...paths].map(([style, d]) => drawing("path", { class: style, d }));
}

function writtenLabels({ side, left, top, panels }) {
  const every = Math.max(1, Math.ceil(13 / side));
  return panels.flatMap((panel, number) => {
    const { x, y, cell, width } = panel;
    const foot = y + top + data.layers * side;
    const nodes = [drawing("text", { x, y: y + 14 }, panel.title),
      drawing("rect", { class: "frame", x: x - 0.5, y: y + top - 0.5, width, height: data.layers * side, fill: "none" })];
    for (let layer = 0; layer < data.layers; layer += every) {
      const middle = y + top + (layer + 0.5) * side + 4;
      if (x === left) nodes.push(drawing("text", { x: x - 5, y: middle, class: "quiet", "text-anchor": "end" }, `L${layer}`));
      if (panel.name && layer % (2 * every) === 0) {
        nodes.push(drawing("text", { x: x + (layer + 0.5) * side, y: foot + 14, class: "quiet", "text-anchor": "middle" }, `L${layer}`));
      }
    }
    if (!panel.name) {
      panel.writers.forEach((writer, column) => nodes.push(drawing("text", {
        x: x + (column + 0.5) * cell, y: y + top - 6, class: "quiet", transform: `rotate(-40 ${x + (column + 0.5) * cell} ${y + top - 6})`,
      }, data.writers[writer])));
    }
    return nodes;
  });
}

// The frames round the chosen layer's row and the chosen writer's column; of a head as a writer, its attention's.
function writtenFrames(now, { side, top, panels }) {
  const frame = (x, y, width, height) => drawing("rect", { class: "chosen", fill: "none", x: x - 1.5, y: y - 1.5, width: width + 2, height: height + 2 });
  const meant = now.writer === null ? null : isHeadWriter(now.writer)
    ? data.writers.indexOf(`L${writerAt(now.writer).layer}.attention`) : now.writer;
  return panels.flatMap(({ x, y, cell, width, writers }) => {
    const column = meant === null ? -1 : writers.indexOf(meant);
    return [
      now.layer === null ? null : frame(x, y + top + now.layer * side, width, side),
      column < 0 ? null : frame(x + column * cell, y + top, cell, data.layers * side),
    ].filter((node) => node);
  });
}

// The layer and the writer under the pointer: one of them left of the cells or above.
function pointedWriter(event, svg, { side, top, panels, width, left }) {
  const box = svg.getBoundingClientRect();
  const scale = width / box.width;
  const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  for (const panel of panels) {
    const row = Math.floor((y - panel.y - top) / side);
    const column = Math.floor((x - panel.x) / panel.cell);
    const isBeside = x >= panel.x - (panel.x === left ? left : 0) && x < panel.x + panel.width;
    if (!isBeside || row < -1 || row > data.layers) continue;
    const writer = column < 0 ? undefined : panel.writers[column];
    const isRow = row >= 0 && row < data.layers;
    if (!isRow && writer === undefined) continue;
    return { ...(isRow ? { layer: row, head: null } : {}), ...(writer === undefined ? {} : { writer }) };
  }
  return null;
}

function moveWriter(event, now) {
  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  if (event.key === "Escape") { adjust({ layer: null, head: null, writer: null }); event.preventDefault(); }
  const move = moves[event.key];
  if (!move) return;
  event.preventDefault();
  const clamp = (value, count) => Math.min(count - 1, Math.max(0, value));
  const column = writerColumns.indexOf(now.writer);
  if (now.layer === null || column < 0) adjust({ layer: now.layer ?? data.layers - 1, head: null, writer: writerColumns[Math.max(0, column)] });
  else adjust({ layer: clamp(now.layer + move[0], data.layers), head: null, writer: writerColumns[clamp(column + move[1], writerColumns.length)] });
}

function drawWriters(now) {
  const layout = writerLayout();
  const svg = drawing("svg", {
    viewBox: `0 0 ${layout.width} ${layout.height}`, width: layout.width, height: layout.height, tabindex: 0, role: "img", class: "figure map writers",
    "aria-label": `Who wrote what ${inheritors[now.read]} inherit, ${pairTitle(now.pair)}: a row a reading layer, a column a writer; arrow keys move from one to another`,
  }, drawing("rect", { class: "paper", width: layout.width, height: layout.height }),
  writtenCells(now, layout), writtenLabels(layout), writtenFrames(now, layout));
  svg.addEventListener("click", (event) => {
    const at = pointedWriter(event, svg, layout);
    if (at) go(at);
  });
  svg.addEventListener("mousemove", (event) => writtenCaption({ ...now, ...(pointedWriter(event, svg, layout) ?? {}) }));
  svg.addEventListener("mouseleave", () => writtenCaption(now));
  svg.addEventListener("keydown", (event) => moveWriter(event, now));
  return svg;
}

// One line under the map: what is pointed at.
function writtenCaption(at) {
  const own = { pair: at.pair, layer: at.layer, head: null };
  const nats = written(own, at.read, at.writer === null ? "writers" : rowsOfWriter(at.writer));
  const reader = at.layer === null ? "all layers read" : `L${at.layer} reads`;
  const all = nats ? [...nats.values()].reduce((sum, value) => sum + value, 0) : 0;
  find("writer-caption").textContent = at.writer === null
    ? `${reader}: ${signed(all)} nats a query and head are inherited by ${inheritors[at.read]}`
    : `${reader} ${signed(nats?.get(at.writer) ?? 0)} nats a query and head of what ${data.writers[at.writer]} wrote`;
}

function writtenTable(now) {
  const rows = layerReads(now).flatMap((nats, layer) => [...(nats ?? [])].map(([writer, value]) =>
    [data.pairs[now.pair].query, data.pairs[now.pair].key, layer, now.read, data.writers[writer], value]));
  return csv([["query", "key", "reading layer", "term", "writer", "nats"], ...rows]);
}

function writerSection(now) {
  if (!find("writers") || !data.writers?.length) return;
  const most = size(mostWritten(now.read));
  const scale = terms.find((term) => term.name === now.read)?.scale ?? "p";
  const stem = `writers-${data.pairs[now.pair].query}-to-${data.pairs[now.pair].key}`.replaceAll(/[^\p{L}\p{N}-]/gu, "-");
  const hasRows = row("writers", { pair: now.pair, layer: 0, head: null });
  const choose = selection("Inherited by", "read", Object.entries(inheritors), now.read);
  let svg = null;
  find("writers").replaceChildren(...[
    element("h3", {}, `Who wrote what is inherited, ${pairTitle(now.pair)}`),
    element("p", { class: "reading" }, "Each layer reads the stream that embedding, attentions and MLPs before it wrote. What of its keys' and queries' change ",
      "comes from whom, in nats of what attention felt. Choose a row for a reader, a column for a writer."),
    element("form", { class: "switches" }, choose),
    hasRows ? element("div", { class: "wide" }, (svg = drawWriters(now)))
      : element("p", { class: "reading" }, "Left out of this page for its size; analysis.json has it."),
    element("figcaption", { id: "writer-caption" }),
    hasRows && element("p", { class: "legend" }, scaleBar(scale, "0", `+${most}`), scaleBar("n", "against the change: 0", `−${most}`),
      element("span", {}, "colours go by roots")),
    hasRows && downloads(stem, () => svg, () => writtenTable(now)), readerPart(now),
  ].flat(Infinity).filter((child) => child));
  writtenCaption(now);
}
