// Lists of who wrote what is read somewhere, and of who reads what somebody wrote.

const shownWriters = 6;

// The largest writers of what a layer or a head inherits, and what all others wrote together.
function writerPart(at) {
  if (!data.writers?.length) return null;
  const nats = written(at, at.read);
  if (!nats) return [element("h4", {}, "Who wrote what is inherited"), missing("writers")];
  const ranked = byAmount(nats);
  if (!ranked.length) return [element("h4", {}, "Who wrote what is inherited"), element("p", {}, "Nothing is inherited here.")];
  const felt = termsOf(at, "nats")?.size;
  const cells = (value) => [signed(value), ...(felt ? [percent(value / felt)] : [])];
  const rest = ranked.slice(shownWriters).reduce((sum, [, value]) => sum + value, 0);
  const rows = ranked.slice(0, shownWriters).map(([writer, value]) => [link(data.writers[writer], { writer }), ...cells(value)]);
  if (ranked.length > shownWriters) {
    rows.push([isComplete(at, "writers") ? `${ranked.length - shownWriters} others` : "others that are known here", ...cells(rest)]);
  }
  const own = writerOf(at);
  return [
    element("h4", {}, `Who wrote what ${inheritors[at.read]} inherit`),
    table(["writer", "nats", ...(felt ? ["of what attention felt"] : [])], rows), headWriterPart(at),
    own === null ? "" : element("p", {}, link(`Who reads what ${data.writers[own]} wrote`, { writer: own })),
  ];
}

// The heads that wrote most of it, where heads are told apart.
function headWriterPart(at) {
  const ranked = byAmount(written(at, at.read, "headWriters") ?? new Map());
  if (!ranked.length) return null;
  return element("p", {}, "Of heads, most by ", ranked.slice(0, 4).flatMap(([writer, value], number) =>
    [number ? ", " : "", link(data.writers[writer], { writer }), ` ${signed(value)}`]));
}

// The layers and heads that read most of what the chosen writer wrote.
function readerPart(now) {
  if (now.writer === null) return null;
  const kind = rowsOfWriter(now.writer);
  const layers = [...Array(data.layers).keys()].map((layer) => ({ pair: now.pair, layer, head: null }));
  const list = (title, places) => {
    const found = places.map((at) => ({ at, value: readOf(at, now) })).filter(({ value }) => value !== 0)
      .sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
    const isPartial = places.some((at) => row(kind, at) && !isComplete(at, kind));
    return element("article", {}, element("h4", {}, title),
      found.length ? table(["reader", "nats", "of what it felt"], found.slice(0, shownWriters).map(({ at, value }) => [
        link(name(at), { layer: at.layer, head: at.head }), signed(value), percent(value / termsOf(at, "nats")?.size)]))
        : element("p", { class: "reading" }, "None in this page."),
      isPartial ? element("p", { class: "reading" }, "Of those among whose largest writers it is; analysis.json has all.") : "");
  };
  const { layer } = writerAt(now.writer);
  return [
    element("h3", { class: "reads" }, `Who reads what ${data.writers[now.writer]} wrote`),
    element("p", { class: "up" }, link("no writer", { writer: null, by: now.by === "written" ? "leads" : now.by }),
      now.by === "written" ? "" : link("colour the heads by what they read of it", { by: "written" }),
      layer === null ? "" : link(`L${layer} as a reader`, { layer, head: null })),
    element("div", { class: "blocks" }, list("Layers", layers), list("Heads", heads(now.pair))),
  ];
}
