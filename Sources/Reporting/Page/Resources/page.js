// Draws the view that the address names, and again whenever it changes.

function render() {
  const now = view();
  const hadFocus = find("map")?.contains(document.activeElement);
  if (find("explore")) {
    switches(now);
    map(now);
    panel(now);
    pairs(now);
    headSection(now);
  }
  if (hadFocus) find("map").querySelector("svg").focus({ preventScroll: true });
  for (const link of document.querySelectorAll(".matrix a")) {
    if (Number(link.dataset.pair) === now.pair) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  for (const link of document.querySelectorAll("a.sibling:not([aria-current])")) link.hash = location.hash;
}

function layerTable() {
  const rows = changed.flatMap((pair) => [...Array(data.layers).keys()].map((layer) => ({ pair, layer, head: null }))
    .filter((at) => row("terms", at))
    .map((at) => {
      const found = termsOf(at, data.pairs[pair].isCentered ? "centred" : "raw");
      return [data.pairs[pair].query, data.pairs[pair].key, at.layer, found.part, found.rms, ...found.shares];
    }));
  return csv([["query", "key", "layer", "part of the change", "rms", ...terms.map((term) => term.symbol)], ...rows]);
}

async function copyAnswer(button) {
  try {
    await navigator.clipboard.writeText(data.markdown);
  } catch {
    // Where a page may not reach the clipboard, a selected text still can.
    const field = element("textarea", { "aria-hidden": "true" }, data.markdown);
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy as markdown"; }, 2000);
}

function start() {
  const tables = new Map(data.tables);
  for (const figure of document.querySelectorAll("#figures > figure")) {
    const title = figure.id.replace("figure-", "");
    const table = title === "shares-by-layer" ? layerTable : tables.has(title) ? () => tables.get(title) : null;
    figure.append(downloads(title, () => figure.querySelector("svg"), table));
  }
  const button = find("copy");
  button.hidden = false;
  button.addEventListener("click", () => copyAnswer(button));
  find("switches")?.addEventListener("submit", (event) => event.preventDefault());
  if (find("explore")) find("explore").hidden = false;
  addEventListener("hashchange", render);
  addEventListener("beforeprint", () => { for (const node of document.querySelectorAll("details")) node.open = true; });
  render();
}

start();
