// A small map of layers and heads for each adapter, all with one scale, and one of how far adapters lie apart.

const gap = 14;
const maps = [
  ...adapters.map(({ name }, number) => ({ title: name, scale: "z", value: (spread) => spread.values[number], largest: data.largest })),
  { title: "furthest apart", scale: "p", value: (spread) => spread.apart, largest: data.largestApart },
];

// Sizes, and where each map begins; as many beside each other as there is room for.
function mapLayout() {
  const cell = fit(184, data.heads, 3, 24);
  const height = fit(320, data.layers, 4, 22);
  const [left, top] = [30, 38];
  const own = { width: Math.max(150, left + data.heads * cell + 10), height: top + data.layers * height + 6 };
  const room = find("maps").clientWidth || 600;
  const columns = Math.max(1, Math.min(maps.length, Math.floor((room + gap) / (own.width + gap))));
  const starts = maps.map((_, number) => [(number % columns) * (own.width + gap), Math.floor(number / columns) * (own.height + gap)]);
  return {
    cell, height, left, top, own, starts, columns, width: columns * (own.width + gap) - gap,
    bottom: Math.ceil(maps.length / columns) * (own.height + gap) - gap,
  };
}

const square = (x, y, width, height) => `M${x} ${y}h${width}v${height}h${-width}z`;

// The cells of a map, one path for all of a colour: a large model has thousands of them.
function cells(map, [x, y], layout, heads) {
  const { cell, height, left, top } = layout;
  const paths = new Map();
  for (const { at, spread } of heads) {
    const value = map.value(spread);
    if (value === null) continue;
    const [column, row] = [x + left + at.head * cell, y + top + at.layer * height];
    const border = cell > 5 ? 1 : 0;
    const dot = Math.min(3, cell, height);
    const [style, shape] = value === 0
      ? ["none", square(column + (cell - dot) / 2, row + (height - dot) / 2, dot, dot)]
      : [shade(map.scale, value / map.largest), square(column, row, cell - border, height - border)];
    paths.set(style, (paths.get(style) ?? "") + shape);
  }
  return [...paths].map(([style, d]) => drawing("path", { class: style, d }));
}

function labels(map, [x, y], { cell, height, left, top, own }) {
  const room = Math.floor(own.width / 7);
  const shown = map.title.length > room ? `${map.title.slice(0, room - 1)}…` : map.title;
  const every = Math.max(1, Math.ceil(26 / cell));
  const nodes = [drawing("text", { x, y: y + 12, class: "adapter" }, shown, drawing("title", {}, map.title))];
  for (let head = 0; head < data.heads; head += every) {
    nodes.push(drawing("text", { x: x + left + (head + 0.5) * cell, y: y + top - 6, class: "quiet", "text-anchor": "middle" }, `H${head}`));
  }
  for (let layer = 0; layer < data.layers; layer += Math.max(1, Math.ceil(12 / height))) {
    nodes.push(drawing("text", { x: x + left - 5, y: y + top + (layer + 0.5) * height + 4, class: "quiet", "text-anchor": "end" }, `L${layer}`));
  }
  return nodes;
}

// The layer and the head under the pointer; left of the cells, the layer alone.
function pointed(event, svg, layout) {
  const box = svg.getBoundingClientRect();
  const scale = layout.width / box.width;
  const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  for (const [startX, startY] of layout.starts) {
    const layer = Math.floor((y - startY - layout.top) / layout.height);
    const head = Math.floor((x - startX - layout.left) / layout.cell);
    if (layer < 0 || layer >= data.layers || x < startX || head >= data.heads) continue;
    return { layer, head: head < 0 ? null : head };
  }
  return null;
}

// The frames round what is chosen, one a map.
function frames(now, { cell, height, left, top, starts }) {
  if (now.layer === null) return [];
  return starts.map(([x, y]) => drawing("rect", {
    class: "chosen", fill: "none", x: x + left - 1.5 + (now.head ?? 0) * cell, y: y + top + now.layer * height - 1.5,
    width: (now.head === null ? data.heads : 1) * cell + 2, height: height + 2,
  }));
}

function drawMaps(pair, layout) {
  const heads = headsOf(pair);
  const svg = drawing("svg", {
    viewBox: `0 0 ${layout.width} ${layout.bottom}`, width: layout.width, height: layout.bottom, tabindex: 0, role: "img", class: "figure map",
    "aria-label": `${placeTitle(pair)}, ${measureName}: a map an adapter, a row a layer, a column a head; arrow keys move from head to head`,
  }, drawing("rect", { class: "paper", width: layout.width, height: layout.bottom }),
  maps.map((map, number) => [labels(map, layout.starts[number], layout), cells(map, layout.starts[number], layout, heads)]));
  svg.addEventListener("click", (event) => {
    const at = pointed(event, svg, layout);
    if (at) go(at);
  });
  svg.addEventListener("mousemove", (event) => mapCaption({ ...view(), ...(pointed(event, svg, layout) ?? {}) }));
  svg.addEventListener("mouseleave", () => mapCaption(view()));
  svg.addEventListener("keydown", (event) => moveBy(event, view()));
  return svg;
}

// One line under the maps: what is pointed at.
function mapCaption(at) {
  const spread = at.layer === null ? null : spreadOf(at);
  const values = spread ? spread.values : wholes(at.pair).map(({ value }) => value);
  const texts = adapters.map((adapter, number) => `${adapter.name} ${valueText(values[number])}`);
  const isKnown = at.layer === null || spread;
  find("map-caption").textContent = `${name(at)}: ${isKnown ? texts.join(", ") : "not in this page; comparison.json has it"}`;
}

// What is left out of the maps, if anything.
function missing(pair) {
  const [shown, all] = [rowsOf("heads", pair).length, data.counts[pair]];
  if (shown === all) return "";
  return element("p", { class: "reading" },
    `For its size this page has ${shown} of ${all} heads here, those in which adapters lie furthest apart; comparison.json has all.`);
}

const legend = () => [
  scaleBar("z", `${measureName}: 0`, valueText(data.largest)), scaleBar("p", "the largest less the smallest: 0", valueText(data.largestApart)),
];

// Drawn anew for other regions or another width; otherwise the frames alone are.
let drawn = { pair: null };

function sideBySide(now) {
  const layout = mapLayout();
  if (drawn.pair !== now.pair || drawn.columns !== layout.columns) {
    const svg = drawMaps(now.pair, layout);
    drawn = { pair: now.pair, columns: layout.columns, frames: svg.appendChild(drawing("g")) };
    find("maps").replaceChildren(svg, element("figcaption", { id: "map-caption" }), element("p", { class: "legend" }, legend()),
      ...[missing(now.pair)].filter((child) => child), downloads(`heads-${placeFile(now.pair)}`, () => svg, null));
  }
  drawn.frames.replaceChildren(...frames(now, layout));
  mapCaption(now);
}
