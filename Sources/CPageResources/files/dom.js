// Elements are made by these two alone: texts become text nodes, so that nothing from a file can be markup.

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") node.addEventListener("click", value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

const element = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);

const drawing = (name, attributes = {}, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);

const find = (id) => document.getElementById(id);

// Numbers, written as the report writes them.

function size(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const [digits, power] = value.toExponential(2).split("e");
  const exponent = Number(power);
  if (exponent < -3 || exponent > 5) {
    return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  return value.toFixed(Math.max(0, 2 - exponent));
}

const signed = (value) => (value === 0 ? "0" : (value < 0 ? "−" : "+") + size(Math.abs(value)));

function percent(part) {
  if (part === null || part === undefined || !Number.isFinite(part)) return "–";
  const value = part * 100;
  if (value === 0) return "0\u00A0%";
  if (Math.abs(value) < 0.05) return "≈\u00A00\u00A0%";
  return value.toFixed(Math.abs(value) < 9.95 ? 1 : 0).replace("-", "−") + "\u00A0%";
}

// A part with the decimal that points have, so that the two fit together.
const percentage = (part) => `${(part * 100).toFixed(1).replace("-", "−")}\u00A0%`;

// A change of a part in percentage points.
function points(change) {
  const value = 100 * change;
  if (value === 0) return "0";
  const text = Math.abs(value).toFixed(1);
  return text === "0.0" ? "≈ 0" : (value < 0 ? "−" : "+") + text;
}

// As a table holds a part, in percent with one decimal.
const cell = (part) => (part === 0 ? "0" : (part * 100).toFixed(1).replace(/^-0\.0$/, "0.0"));

const fine = (part) => (part > 0 && part < 0.001 ? `${size(part * 100)} %` : percent(part));

// Files.

function save(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = element("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

function csv(rows) {
  const cell = (value) => {
    const text = value === null || value === undefined ? "" : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => row.map(cell).join(",") + "\r\n").join("");
}

// A drawing as a file of its own, with its style sheet inside.
function svgText(node) {
  const copy = node.cloneNode(true);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.removeAttribute("tabindex");
  copy.prepend(drawing("style", {}, find("figure-style").textContent));
  return new XMLSerializer().serializeToString(copy);
}

const fileName = (text) => text.replaceAll(/[^\p{L}\p{N}._-]/gu, "-");

// Buttons under a figure or a table. What they save is made when it is wanted.
function downloads(name, svg, table) {
  const stem = `${fileName(pageName)}-${name}`;
  const button = (kind, type, text) =>
    element("button", { type: "button", "data-file": `${name}.${kind}`, onclick: () => save(`${stem}.${kind}`, type, text()) },
      kind.toUpperCase());
  return element("p", { class: "tools" },
    svg && button("svg", "image/svg+xml", () => svgText(svg())),
    table && button("csv", "text/csv", table));
}
