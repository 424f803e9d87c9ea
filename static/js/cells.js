/* Cells of a list, edited where they stand: double click, or by keys: arrows walk a row's cells, Enter or e opens one, Enter
   saves, Escape gives up. The head says which columns can be edited (data-edit); the row's own link leads to its cells. */
(() => {
  "use strict";
  const kept = new WeakMap(); // cell -> what stood in it
  const token = () => document.querySelector("input[name=csrf_token]")?.value ?? "";
  const table = (cell) => cell.closest("table.records");
  const columnOf = (cell) => table(cell)?.tHead?.rows[0]?.cells[cell.cellIndex]?.dataset.edit;
  const rowLink = (cell) => cell.parentElement.querySelector("a[data-row]");
  const cellOf = (target) => target.closest?.("table.records > tbody > tr > :is(td, th)");
  const address = (cell) => `${rowLink(cell).getAttribute("href").split(/[?#]/)[0]}/cell/${encodeURIComponent(columnOf(cell))}`;
  const control = "input:not([type=hidden]), select, textarea";

  function stand(cell) {
    cell.tabIndex = -1;
    cell.focus();
  }

  function put(cell, nodes) {
    if (!kept.has(cell)) kept.set(cell, [...cell.childNodes]);
    cell.classList.add("editing");
    cell.replaceChildren(...nodes);
    cell.querySelectorAll(`:is(${control})[id]`).forEach((one) => (one.autocomplete = "off"));
    const first = cell.querySelector("[aria-invalid]") ?? cell.querySelector(".input") ?? cell.querySelector(control);
    first?.focus();
    first?.select?.();
  }

  function restore(cell, nodes) {
    cell.replaceChildren(...(nodes ?? kept.get(cell) ?? []));
    kept.delete(cell);
    cell.classList.remove("editing");
    stand(cell);
  }

  async function read(cell, answer) {
    const kind = answer.headers.get("X-Cell");
    const elsewhere = answer.headers.get("HX-Redirect");
    if (elsewhere) return answer.redirected || kept.has(cell) ? location.assign(elsewhere) : location.reload();
    if (!kind) return say(cell);
    const nodes = [...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes];
    const adopted = nodes.filter((node) => node.nodeType !== Node.TEXT_NODE || node.textContent.trim() || kind === "value").map((node) => document.adoptNode(node));
    if (kind === "value") restore(cell, named(cell, adopted));
    else put(cell, adopted);
  }

  /* The cell that names its row keeps the link to it. */
  function named(cell, nodes) {
    const link = kept.get(cell)?.find((node) => node.matches?.("a[data-row]"));
    if (!link) return nodes;
    link.textContent = nodes.map((node) => node.textContent).join("").trim() || link.textContent;
    const box = kept.get(cell).filter((node) => node.matches?.("input"));
    return [...box, link, ...nodes.filter((node) => node.matches?.(".pending"))];
  }

  function say(cell) {
    const note = document.createElement("p");
    note.className = "error small";
    note.setAttribute("role", "alert");
    note.textContent = document.body.dataset.offline;
    cell.querySelector(".error[role=alert]")?.remove();
    cell.append(note);
  }

  async function edit(cell) {
    if (!cell || !columnOf(cell) || !rowLink(cell) || cell.classList.contains("editing")) return false;
    try {
      await read(cell, await fetch(`${address(cell)}?in=grid`, { headers: { "HX-Request-Type": "partial" } }));
    } catch {
      say(cell);
    }
    return true;
  }

  document.addEventListener("dblclick", (event) => {
    const cell = cellOf(event.target);
    if (cell && columnOf(cell) && !event.target.closest("a, button, input, select, textarea, form")) {
      event.preventDefault();
      edit(cell);
    }
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form[data-cell]")) return;
    event.preventDefault();
    event.stopPropagation();
    const cell = cellOf(form);
    const body = new URLSearchParams(new FormData(form, event.submitter));
    form.inert = true;
    try {
      await read(cell, await fetch(form.action, { method: "POST", body, headers: { "X-CSRFToken": token(), "HX-Request-Type": "partial" } }));
    } catch {
      say(cell);
    }
    form.inert = false;
  }, true);

  document.addEventListener("click", ({ target }) => {
    if (target.closest?.("[data-cell-cancel]")) restore(cellOf(target));
  });

  function walk(cell, key) {
    const row = cell.parentElement;
    const next = {
      ArrowRight: row.cells[cell.cellIndex + 1],
      ArrowLeft: row.cells[cell.cellIndex - 1],
      ArrowDown: row.nextElementSibling?.cells[cell.cellIndex],
      ArrowUp: row.previousElementSibling?.cells[cell.cellIndex],
    }[key];
    if (!next) return false;
    const link = next.querySelector("a[data-row]");
    if (link) link.focus();
    else stand(next);
    return true;
  }

  document.addEventListener("keydown", (event) => {
    const cell = cellOf(event.target);
    if (!cell || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (cell.classList.contains("editing") && event.target !== cell) {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      event.stopPropagation();
      restore(cell);
      return;
    }
    if (event.target !== cell && !event.target.matches("a[data-row]")) return;
    const letters = document.documentElement.dataset.keys !== "off";
    const opens = event.key === "F2" || (event.key === "e" && letters) || (event.key === "Enter" && event.target === cell);
    if (opens) {
      const wanted = columnOf(cell) ? cell : [...cell.parentElement.cells].find(columnOf);
      if (!wanted || !rowLink(wanted)) return;
      event.preventDefault();
      event.stopPropagation();
      edit(wanted);
    } else if (event.key.startsWith("Arrow") && walk(cell, event.key)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }, true);
})();
