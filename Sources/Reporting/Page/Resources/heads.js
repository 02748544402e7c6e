// The table of heads: sorted by a click on a column, filtered by what is typed.

const shownHeads = 20;

function headColumns() {
  const columns = [
    ["name", "head", (at) => at.layer * data.heads + at.head, (at) => link(name(at), { layer: at.layer, head: at.head })],
    ["part", "part of ΔS %", (at, found) => found.part, (at, found) => (100 * found.part).toFixed(2)],
    ["rms", "rms ΔS", (at, found) => found.rms, (at, found) => size(found.rms)],
    ...terms.map((term, number) => [term.name, `${term.symbol} %`, (at, found) => found.shares[number],
      (at, found) => (found.zero[number] ? "0" : (100 * found.shares[number]).toFixed(1))]),
    ["leads", "leads", (at, found) => leaderName(found), (at, found) => leaderName(found)],
  ];
  if (kinds.has("mass")) {
    columns.push(["moved", "moved %", (at) => mass(at)?.moved ?? 0, (at) => { const own = mass(at); return own ? (100 * own.moved).toFixed(2) : "–"; }]);
  }
  return columns;
}

// "L18", "L18H7", "H7", or the name of a term.
function matches(at, found, filter) {
  const wanted = filter.trim().toLowerCase();
  if (!wanted) return true;
  const numbers = /^(?:l(\d+))?(?:h(\d+))?$/.exec(wanted);
  if (numbers) {
    return (numbers[1] === undefined || Number(numbers[1]) === at.layer) &&
      (numbers[2] === undefined || Number(numbers[2]) === at.head);
  }
  const first = leader(found);
  return [terms[first]?.symbol, terms[first]?.name, String(first)].some((text) => text?.toLowerCase() === wanted)
    || name(at).toLowerCase().includes(wanted);
}

function headRows(now) {
  const column = headColumns().find((column) => column[0] === now.sort) ?? headColumns()[1];
  const isUp = (now.sort === "name" || now.sort === "leads") !== now.up;
  return heads(now.pair)
    .map((at) => ({ at, found: termsOf(at, now.split) }))
    .filter(({ at, found }) => found.rms > 0 && matches(at, found, now.filter))
    .map((item) => ({ ...item, value: column[2](item.at, item.found) }))
    .sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0) * (isUp ? 1 : -1));
}

function headTable(now) {
  const rows = headRows(now);
  const shown = now.all ? rows : rows.slice(0, shownHeads);
  const header = headColumns().map(([sort, title]) => {
    const isSorted = now.sort === sort;
    const isUp = (sort === "name" || sort === "leads") !== (isSorted && now.up);
    return element("th", { scope: "col", class: sort === "name" ? null : "number", "aria-sort": isSorted ? (isUp ? "ascending" : "descending") : null },
      element("button", { type: "button", "data-sort": sort, onclick: () => adjust({ sort, up: isSorted && !now.up }) },
        title, isSorted ? (isUp ? " ↑" : " ↓") : ""));
  });
  const body = shown.map(({ at, found }) => element("tr", { "aria-current": at.layer === now.layer && at.head === now.head },
    headColumns().map(([sort, , , text]) => element("td", { class: sort === "name" ? null : "number" }, text(at, found)))));
  return [
    element("div", { class: "wide" }, element("table", { id: "head-table" },
      element("thead", {}, element("tr", {}, header)), element("tbody", {}, body))),
    rows.length > shown.length || now.all
      ? element("p", {}, element("button", { type: "button", onclick: () => adjust({ all: !now.all }) },
        now.all ? `Show ${shownHeads} heads` : `Show all ${rows.length} heads`)) : "",
  ];
}

// The field stays while what is under it changes, so that typing goes on.
function headSection(now) {
  if (!find("head-filter")) {
    const field = element("input", { id: "head-filter", type: "search", placeholder: "L18, H7, KtdQ, mixed …" });
    field.addEventListener("input", () => adjust({ filter: field.value }));
    find("heads").replaceChildren(element("h3", { id: "heads-title" }),
      element("p", {}, element("label", {}, "Filter ", field)), element("div", { id: "head-rows" }));
  }
  if (find("head-filter").value !== now.filter) find("head-filter").value = now.filter;
  find("heads-title").textContent = `Heads, ${pairTitle(now.pair)}`;
  find("head-rows").replaceChildren(...headTable(now).filter((child) => child));
}
