/* General verbs for fields and lists: ticking rows, the box for NULL, filtering a list of links, copying. */
(() => {
  "use strict";
  const boxes = (table) => [...table.querySelectorAll('tbody input[type="checkbox"][name="key"]')];

  /* Rows: one box ticks all; Shift ticks a stretch; the bar says how many. */
  let last = null;
  document.addEventListener("click", (event) => {
    const box = event.target;
    if (!box.matches?.('table input[type="checkbox"][name="key"]')) return;
    const all = boxes(box.closest("table"));
    if (event.shiftKey && last?.isConnected && all.includes(last)) {
      const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((one, other) => one - other);
      all.slice(from, to + 1).forEach((each) => (each.checked = box.checked));
    }
    last = box;
  });
  document.addEventListener("change", ({ target }) => {
    if (target.matches?.("[data-check-all]")) boxes(target.closest("table")).forEach((box) => (box.checked = target.checked));
    if (target.matches?.('[data-check-all], input[name="key"]')) count();
  });
  document.addEventListener("click", ({ target }) => {
    if (!target.closest?.("[data-uncheck-all]")) return;
    document.querySelectorAll('#main input[name="key"]:checked').forEach((box) => (box.checked = false));
    count();
  });
  document.addEventListener("htmx:after:swap", count);
  document.addEventListener("DOMContentLoaded", count);
  window.addEventListener("pageshow", count);

  function count() {
    const ticked = document.querySelectorAll('#main input[name="key"]:checked').length;
    document.querySelectorAll("[data-selection-count]").forEach((place) => (place.textContent = ticked));
    document.querySelectorAll("[data-check-all]").forEach((box) => {
      const all = boxes(box.closest("table"));
      const own = all.filter((each) => each.checked).length;
      box.checked = own > 0 && own === all.length;
      box.indeterminate = own > 0 && own < all.length;
    });
  }

  /* NULL: typing means a value; ticking "No value" takes a choice away. Without scripts a ticked box simply wins. */
  document.addEventListener("input", ({ target }) => {
    const box = target.form?.elements[`${target.name}--null`];
    if (box && target !== box) box.checked = false;
    if (!target.name?.endsWith("--null") || !target.checked) return;
    target.form?.querySelectorAll(`input[type="radio"][name="${CSS.escape(target.name.slice(0, -6))}"]`).forEach((radio) => (radio.checked = false));
  });

  /* Filtering a list of links; Enter opens the first that is left. */
  document.addEventListener("input", ({ target }) => {
    if (target.dataset?.filter) sift(target);
  });
  document.addEventListener("htmx:after:swap", () => document.querySelectorAll("input[data-filter]").forEach(sift));
  document.addEventListener("submit", (event) => {
    const field = event.target.querySelector?.("input[data-filter]");
    const link = field?.value.trim() && document.querySelector(`${field.dataset.filter} li:not([hidden]) a`);
    if (!link) return;
    event.preventDefault();
    event.stopPropagation();
    field.value = "";
    sift(field);
    link.click();
  }, true);

  function sift(field) {
    const list = document.querySelector(field.dataset.filter);
    if (!list) return;
    const wanted = field.value.trim().toLocaleLowerCase().split(/\s+/);
    let left = 0;
    for (const item of list.querySelectorAll("li")) {
      // A column of another table is found by that table's name too: "customer country".
      const across = item.closest(".filter-columns section + section")?.querySelector("h2").textContent ?? "";
      const said = `${item.textContent} ${across}`.toLocaleLowerCase();
      item.hidden = !wanted.every((word) => said.includes(word));
      left += !item.hidden;
    }
    list.querySelectorAll("section").forEach((group) => (group.hidden = !group.querySelector("li:not([hidden])")));
    list.querySelectorAll("[data-filter-none]").forEach((words) => (words.hidden = left > 0));
  }

  /* Copying, said where a screen reader hears it. */
  document.addEventListener("click", async ({ target }) => {
    const button = target.closest?.("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    const label = button.getAttribute("aria-label");
    button.setAttribute("aria-label", document.body.dataset.copied);
    button.dataset.tone = "ok";
    setTimeout(() => {
      button.setAttribute("aria-label", label);
      delete button.dataset.tone;
    }, 1500);
  });
})();
