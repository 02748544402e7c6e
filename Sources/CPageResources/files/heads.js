// The table of heads.

function headColumns() {
  const columns = [
    ["name", "head", ({ at }) => at.layer * data.heads + at.head, ({ at }) => link(name(at), { layer: at.layer, head: at.head }), true],
    ["part", "part of the change %", ({ found }) => found.part, ({ found }) => cell(found.part)],
    ["rms", unit(view().split), ({ found }) => found.size, ({ found }) => size(found.size)],
    ...terms.map((term, number) => [term.name, `${term.symbol} %`, ({ found }) => found.shares[number],
      ({ found }) => (found.zero[number] ? "0" : cell(found.shares[number]))]),
    ["leads", "leads", ({ found }) => leaderName(found), ({ found }) => leaderName(found), true],
  ];
  if (roles.size) columns.push(["role", "role", ({ at }) => roleName(at), ({ at }) => roleName(at), true]);
  if (kinds.has("mass")) {
    columns.push(["moved", "moved %", ({ at }) => mass(at)?.moved ?? 0, ({ at }) => { const own = mass(at); return own ? cell(own.moved) : "–"; }]);
  }
  if (hasLosses) {
    columns.push(["lost", "benefit lost %", ({ at }) => lostWithout(at) ?? -Infinity,
      ({ at }) => { const own = lostWithout(at); return own === undefined ? "–" : cell(own); }]);
  }
  return columns;
}

// "L18", "L18H7", "H7", or the name of a term.
function matches(at, found, filter) {
  const wanted = filter.trim().toLowerCase();
  if (!wanted) return true;
  const isMeant = headMatches(at, wanted);
  if (isMeant !== null) return isMeant;
  const first = leader(found);
  return [terms[first]?.symbol, terms[first]?.name, String(first)].some((text) => text?.toLowerCase() === wanted)
    || name(at).toLowerCase().includes(wanted) || (roles.size > 0 && roleName(at).includes(wanted));
}

function headSection(now) {
  const rows = heads(now.pair)
    .map((at) => ({ at, found: termsOf(at, now.split) }))
    .filter(({ at, found }) => found?.size > 0 && matches(at, found, now.filter));
  filteredSection(now, `Heads, ${pairTitle(now.pair)}`, "L18, H7, KtdQ, mixed …", sortedTable(headColumns(), rows, now));
}
