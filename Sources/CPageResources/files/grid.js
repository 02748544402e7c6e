// What maps of layers and heads have in common: colours, and the keys that move in them.

const steps = 20;
const step = (value) => Math.round(Math.min(1, Math.max(0, value)) * steps);
const shade = (scale, value) => `${scale}${step(value)}`;

// The colours of a scale between two words.
const scaleBar = (scale, from, to, most = 1) => element("span", { class: "scale" }, `${from} `,
  drawing("svg", { width: 84, height: 10, "aria-hidden": "true" },
    [...Array(steps + 1).keys()].map((step) =>
      drawing("rect", { x: step * 4, width: 4, height: 10, class: shade(scale, (step / steps) * most) }))), ` ${to}`);

// As much of the room as each of so many may have.
const fit = (room, count, least, most) => Math.floor(Math.min(most, Math.max(least, room / count)));

function moveBy(event, now) {
  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  if (event.key === "Escape") { adjust({ layer: null, head: null }); event.preventDefault(); }
  const move = moves[event.key];
  if (!move) return;
  event.preventDefault();
  const clamp = (value, count) => Math.min(count - 1, Math.max(0, value));
  const start = now.layer === null || now.head === null;
  adjust(start ? { layer: now.layer ?? 0, head: now.head ?? 0 }
    : { layer: clamp(now.layer + move[0], data.layers), head: clamp(now.head + move[1], data.heads) });
}
