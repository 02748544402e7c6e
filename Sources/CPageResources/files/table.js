// Tables of heads: sorted by a click on a column, filtered by what is typed.

const shownRows = 20;

// A column: name, title, value, text, and whether the smallest comes first until it is clicked again.
function sortedTable(columns, items, now) {
  const column = columns.find(([name]) => name === now.sort) ?? columns[1];
  const isUp = Boolean(column[4]) !== now.up;
  const rows = items.map((item) => ({ item, value: column[2](item) }))
    .sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0) * (isUp ? 1 : -1));
  const header = columns.map(([sort, title, , , isAscending]) => {
    const isSorted = now.sort === sort;
    const isUp = Boolean(isAscending) !== (isSorted && now.up);
    return element("th", { scope: "col", class: sort === "name" ? null : "number", "aria-sort": isSorted ? (isUp ? "ascending" : "descending") : null },
      element("button", { type: "button", "data-sort": sort, onclick: () => adjust({ sort, up: isSorted && !now.up }) },
        title, isSorted ? (isUp ? " ↑" : " ↓") : ""));
  });
  const body = (now.all ? rows : rows.slice(0, shownRows)).map(({ item }) =>
    element("tr", { "aria-current": item.at.layer === now.layer && item.at.head === now.head },
      columns.map(([sort, , , text]) => element("td", { class: sort === "name" ? null : "number" }, text(item)))));
  return [
    element("div", { class: "wide" }, element("table", { id: "head-table" },
      element("thead", {}, element("tr", {}, header)), element("tbody", {}, body))),
    rows.length > shownRows ? element("p", {}, element("button", { type: "button", onclick: () => adjust({ all: !now.all }) },
      now.all ? `Show ${shownRows} heads` : `Show all ${rows.length} heads`)) : "",
  ];
}

// Whether a head is meant by "L18", "L18H7" or "H7"; null where something else is typed.
function headMatches(at, wanted) {
  const numbers = /^(?:l(\d+))?(?:h(\d+))?$/.exec(wanted);
  return numbers && (numbers[1] === undefined || Number(numbers[1]) === at.layer) &&
    (numbers[2] === undefined || Number(numbers[2]) === at.head);
}

// The field stays while what is under it changes, so that typing goes on, and a column's button keeps the focus.
function filteredSection(now, title, example, content) {
  if (!find("head-filter")) {
    const field = element("input", { id: "head-filter", type: "search", placeholder: example });
    field.addEventListener("input", () => adjust({ filter: field.value }));
    find("heads").replaceChildren(element("h3", { id: "heads-title" }),
      element("p", {}, element("label", {}, "Filter ", field)), element("div", { id: "head-rows" }));
  }
  if (find("head-filter").value !== now.filter) find("head-filter").value = now.filter;
  find("heads-title").textContent = title;
  const { sort } = document.activeElement?.dataset ?? {};
  find("head-rows").replaceChildren(...content.filter((child) => child));
  if (sort) find("head-rows").querySelector(`[data-sort="${CSS.escape(sort)}"]`)?.focus({ preventScroll: true });
}
