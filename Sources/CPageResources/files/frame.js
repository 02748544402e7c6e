// What all pages do: the answer is copied, figures are saved, folded parts are printed.

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

// Begins, once everything is there.
// tableOf: by a figure's name, what its table as comma-separated values is made by, null where it has none.
function begin(tableOf) {
  for (const figure of document.querySelectorAll("#figures > figure")) {
    const title = figure.id.replace("figure-", "");
    figure.append(downloads(title, () => figure.querySelector("svg"), tableOf(title)));
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
