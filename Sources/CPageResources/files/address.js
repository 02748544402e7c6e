// What is shown stands in the address, so that a link or a reload shows the same; each kind of page has a view() of its own.

// A number below a count from an address, else null.
function indexIn(given, name, count) {
  const text = given.get(name) ?? "";
  return /^\d{1,5}$/.test(text) && Number(text) < count ? Number(text) : null;
}

function go(change) { location.hash = address(change); }

// Without an entry in the history: what follows every key that is pressed.
function adjust(change) {
  history.replaceState(null, "", address(change));
  render();
}

function link(text, change, attributes = {}) {
  return element("a", { href: address(change), ...attributes }, text);
}

function selection(label, name, options, value) {
  const node = element("select", { name }, options.map(([value, text]) => element("option", { value }, text)));
  node.value = String(value);
  node.addEventListener("change", () => go({ [name]: name === "pair" ? Number(node.value) : node.value }));
  return element("label", {}, `${label} `, node);
}
