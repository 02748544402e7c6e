// What parts of the change are worth: interventions of the ablations that the page was drawn with.

const spot = (layer, head) => `${layer ?? ""} ${head ?? ""}`;

// By layer and head, where all of them is one place too.
const knockouts = new Map();
for (const [name, query, key, layers, heads, lost, bounds, loss, kl, agreement] of data.knockouts?.rows ?? []) {
  const places = heads ?? layers?.map((layer) => [layer, null]) ?? [[null, null]];
  const others = places.length - 1;
  const one = {
    name: name + (others > 0 ? `, with ${others} other ${heads ? "head" : "layer"}${others > 1 ? "s" : ""}` : ""), query, key,
    isAlone: others === 0, lost: lost === null ? null : share(lost), bounds: bounds.map(share), loss, kl, agreement: share(agreement),
  };
  for (const [layer, head] of places) {
    const where = spot(layer, head);
    if (!knockouts.has(where)) knockouts.set(where, []);
    knockouts.get(where).push(one);
  }
}

// Interventions on what is chosen, in its pair of regions or in any.
function knockoutsOf(at) {
  const { query, key } = data.pairs[at.pair];
  return (knockouts.get(spot(at.layer, at.head)) ?? []).filter((one) =>
    (one.query === null || one.query === query) && (one.key === null || one.key === key));
}

// The most that is lost without a head alone; undefined where that is not known.
function lostWithout(at) {
  const known = knockoutsOf(at).filter((one) => one.isAlone && one.lost !== null).map((one) => one.lost);
  return known.length ? Math.max(...known) : undefined;
}

const hasLosses = changed.some((pair) => heads(pair).some((at) => lostWithout(at) !== undefined));

function knockoutPart(at) {
  const own = knockoutsOf(at);
  if (!own.length) return null;
  // A name that was not given tells the regions itself.
  const where = ({ name, query, key }) =>
    (query === null && key === null) || name.includes("→") ? name : `${name}, ${query ?? "any"} → ${key ?? "any"}`;
  const lost = ({ lost, bounds }) => (lost === null ? "no benefit"
    : bounds.length ? `${percentage(lost)} [${percentage(bounds[0]).replace("\u00A0%", "")} to ${percentage(bounds[1])}]`
      : percentage(lost));
  return [
    element("h4", {}, "Knock-outs"),
    table(["left out", "benefit lost", "KL", "agreement"], own.map((one) => [
      where(one), lost(one), size(one.kl), percent(one.agreement)])),
    element("p", { class: "reading" }, "Benefit lost: the part of what the adapter lowers the loss by that goes when this is left out."),
    data.knockouts.left && at.layer !== null
      ? element("p", { class: "reading" }, `${data.knockouts.left} less harmful ones are left out of this page for its size.`) : "",
  ];
}
