// Who wrote what keys and queries inherit: numbers by writer of a head, a layer, or all of them. A writer is told by its place in
// data.writers, where heads stand behind the parts that they belong to.

// What may inherit: the keys' term, the queries', or both together.
const inheritors = { both: "keys and queries", dKtQ: "keys (dKᵀQ)", KtdQ: "queries (KᵀdQ)" };

const isHeadWriter = (writer) => writer >= data.writerParts;

// The kind of rows that have a writer.
const rowsOfWriter = (writer) => (isHeadWriter(writer) ? "headWriters" : "writers");

// By writer, nats a query and head; null where the page has no row.
function written(at, read, kind = "writers") {
  const own = row(kind, at);
  if (!own) return null;
  const [scale, ...lists] = own;
  const first = kind === "writers" ? 0 : data.writerParts;
  const nats = new Map();
  lists.forEach((list, term) => {
    if (read !== "both" && terms[term].name !== read) return;
    list.forEach((item, number) => {
      // All in their order, or some with their places.
      const [writer, count] = Array.isArray(item) ? item : [first + number, item];
      if (count !== 0) nats.set(writer, (nats.get(writer) ?? 0) + (scale * count) / 10000);
    });
  });
  return nats;
}

// Whether a row has all writers.
const isComplete = (at, kind) => row(kind, at)?.slice(1).every((list) => !Array.isArray(list[0])) ?? false;

const byAmount = (nats) => [...nats].filter(([, value]) => value !== 0).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));

// The writer and its layer, as "L3.mlp", "L3H5" or "scale" say.
function writerAt(writer) {
  const parts = /^L(\d+)(?:\.(\w+)|H(\d+))$/.exec(data.writers[writer]);
  return parts ? { layer: Number(parts[1]), part: parts[2] ?? "head" } : { layer: null, part: data.writers[writer] };
}

// What a head or a layer wrote: the head, where heads are told apart, else its attention; null where nothing did.
function writerOf(at) {
  if (at.layer === null) return null;
  const names = [at.head === null ? "" : `L${at.layer}H${at.head}`, `L${at.layer}.attention`];
  const found = names.map((name) => data.writers.indexOf(name)).find((place) => place >= 0);
  return found ?? null;
}

// What a head, or a layer, read of the chosen writer.
const readOf = (at, now) => (now.writer === null ? 0 : written(at, now.read, rowsOfWriter(now.writer))?.get(now.writer) ?? 0);

// The largest of them over the heads of all pairs of regions.
const mostRead = (now) => largest(`written ${now.writer} ${now.read}`, (at) => Math.abs(readOf(at, now)));
