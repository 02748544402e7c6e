// The map: a row a layer, a column a head.

// Heads without a leading term are not to look as if they had more than the others.
const pale = 0.6;

// The class of a head's cell, or null where what is shown is exactly zero.
function cellStyle(at, now) {
  const found = termsOf(at, now.split);
  if (!found || found.size === 0) return null;
  const term = terms.findIndex((term) => term.name === now.by);
  if (term >= 0) {
    if (found.zero[term]) return null;
    return shade(found.shares[term] < 0 ? "n" : terms[term].scale, Math.abs(found.shares[term]));
  }
  if (now.by === "moved") {
    const moved = mass(at)?.moved ?? 0;
    return moved === 0 ? null : shade("z", moved / largest("moved", (at) => mass(at)?.moved ?? 0));
  }
  if (now.by === "lost") {
    const lost = lostWithout(at);
    return lost ? shade(lost < 0 ? "n" : "z", Math.abs(lost) / largest("lost", (at) => Math.abs(lostWithout(at) ?? 0))) : null;
  }
  if (now.by === "written") {
    const value = readOf(at, now);
    return value === 0 ? null : shade(value < 0 ? "n" : "p", Math.abs(value) / mostRead(now));
  }
  const size = found.size / largest(`size ${now.split}`, (at) => termsOf(at, now.split)?.size ?? 0);
  if (now.by === "size") return shade("z", size);
  const first = terms[leader(found)];
  return first ? shade(first.scale, size) : shade("z", size * pale);
}

function mapSizes() {
  const cell = fit(306, data.heads, 10, 36);
  const height = fit(480, data.layers, 10, 26);
  return { cell, height, left: 36, top: 22 };
}

function drawMap(now) {
  const { cell, height, left, top } = mapSizes();
  const width = left + data.heads * cell + 4;
  const bottom = top + data.layers * height;
  const label = `${pairTitle(now.pair)}: a row a layer, a column a head; arrow keys move from head to head`;
  const svg = drawing("svg", {
    viewBox: `0 0 ${width} ${bottom + 4}`, width, height: bottom + 4, tabindex: 0, role: "img", "aria-label": label,
    class: "figure map",
  });
  svg.append(drawing("rect", { class: "paper", width, height: bottom + 4 }));
  for (let head = 0; head < data.heads; head += data.heads > 10 ? 4 : 1) {
    svg.append(drawing("text", { x: left + (head + 0.5) * cell, y: top - 7, class: "quiet", "text-anchor": "middle" }, `H${head}`));
  }
  for (let layer = 0; layer < data.layers; layer++) {
    const isLabelled = height >= 14 || layer % 2 === 0;
    svg.append(drawing("text", {
      x: left - 6, y: top + (layer + 0.5) * height + 4, class: "quiet layer", "text-anchor": "end", "data-layer": layer,
    }, isLabelled ? `L${layer}` : ""));
  }
  for (const at of heads(now.pair)) {
    const style = cellStyle(at, now);
    const [x, y] = [left + at.head * cell, top + at.layer * height];
    const spot = style ? { x, y, width: cell - 1, height: height - 1, class: style }
      : { x: x + cell / 2 - 2, y: y + height / 2 - 2, width: 3, height: 3, class: "none" };
    svg.append(drawing("rect", { ...spot, "data-layer": at.layer, "data-head": at.head }));
  }
  svg.append(chosen(now));
  svg.addEventListener("click", (event) => {
    const at = under(event);
    if (at) go(at);
  });
  svg.addEventListener("mousemove", (event) => caption({ ...now, ...(under(event) ?? {}) }));
  svg.addEventListener("mouseleave", () => caption(now));
  svg.addEventListener("keydown", (event) => moveBy(event, now));
  return svg;
}

// The frame round what is chosen.
function chosen(now) {
  const { cell, height, left, top } = mapSizes();
  if (now.layer === null) return "";
  return drawing("rect", {
    class: "chosen", fill: "none", y: top + now.layer * height - 1.5, height: height + 2,
    x: left - 1.5 + (now.head ?? 0) * cell, width: (now.head === null ? data.heads : 1) * cell + 2,
  });
}

function under(event) {
  const target = event.target.closest("[data-layer]");
  if (!target) return null;
  return { layer: Number(target.dataset.layer), head: target.dataset.head === undefined ? null : Number(target.dataset.head) };
}

// One line under the map: what is pointed at.
function caption(at) {
  const found = termsOf(at, at.split);
  const moved = mass(at);
  const parts = found && found.size > 0
    ? [`${percent(found.part)} of the change`, ...terms.filter((_, term) => !found.zero[term])
      .map((term) => `${term.symbol} ${percent(found.shares[terms.indexOf(term)])}`)]
    : ["nothing changes"];
  if (moved) parts.push(`${fine(moved.moved)} of attention moved`);
  if (at.writer !== null && readOf(at, at) !== 0) parts.push(`${signed(readOf(at, at))} nats read of ${data.writers[at.writer]}`);
  if (rolesOf(at)?.base !== null && rolesOf(at)) parts.push(`role ${roleName(at)}`);
  const lost = at.head === null ? undefined : lostWithout(at);
  if (lost !== undefined) parts.push(`${percent(lost)} of the benefit lost without it`);
  find("map-caption").textContent = `${name(at)}: ${parts.join(", ")}`;
}

function legend(now) {
  const rows = heads(now.pair);
  const term = terms.find((term) => term.name === now.by);
  if (term) {
    const isNegative = rows.some((at) => termsOf(at, now.split)?.shares[terms.indexOf(term)] < 0);
    return [scaleBar(term.scale, "0", "100 %"), isNegative ? scaleBar("n", "against the change: 0", "−100 %") : null];
  }
  if (now.by === "moved") return scaleBar("z", "0", fine(largest("moved", (at) => mass(at)?.moved ?? 0)));
  if (now.by === "lost") {
    const most = percent(largest("lost", (at) => Math.abs(lostWithout(at) ?? 0)));
    return [scaleBar("z", "0", `${most} of the benefit lost`), rows.some((at) => lostWithout(at) < 0) ? scaleBar("n", "better without it: 0", most) : null];
  }
  if (now.by === "written") {
    const most = size(mostRead(now));
    return [scaleBar("p", "0", `+${most} nats of what ${data.writers[now.writer]} wrote`),
      rows.some((at) => readOf(at, now) < 0) ? scaleBar("n", "against the change: 0", `−${most}`) : null];
  }
  const most = size(largest(`size ${now.split}`, (at) => termsOf(at, now.split)?.size ?? 0));
  if (now.by === "size") return scaleBar("z", `${unit(now.split)} 0`, most);
  const leaders = new Set(rows.map((at) => leader(termsOf(at, now.split))));
  return [
    terms.filter((_, term) => leaders.has(term)).map((term) => scaleBar(term.scale, term.symbol, "")),
    leaders.has("mixed") ? scaleBar("z", "no term leads", "", pale) : null, element("span", {}, `strong colour: ${unit(now.split)} of ${most}`),
  ];
}

function map(now) {
  const table = () => csv([
    ["query", "key", "head", "part of the change", unit(now.split), ...terms.map((term) => term.symbol), "moved", "benefit lost"],
    ...heads(now.pair).map((at) => {
      const found = termsOf(at, now.split);
      return [data.pairs[at.pair].query, data.pairs[at.pair].key, name(at), found?.part, found?.size, ...(found?.shares ?? ["", "", ""]), mass(at)?.moved, lostWithout(at)];
    }),
  ]);
  const hasHeads = heads(now.pair).length > 0;
  const svg = drawMap(now);
  find("map").replaceChildren(
    element("div", { class: "wide" }, svg),
    hasHeads ? "" : element("p", { class: "reading" }, "Heads are left out of this page for its size; analysis.json has them."),
    element("figcaption", { id: "map-caption" }),
    element("p", { class: "legend" }, legend(now)),
    downloads(`heads-${data.pairs[now.pair].query}-to-${data.pairs[now.pair].key}`.replaceAll(/[^\p{L}\p{N}-]/gu, "-"), () => svg, table));
  caption(now);
}
