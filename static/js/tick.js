/* Boxes of a list: one in the head for the whole page, a range with Shift, and how many are ticked. */
(() => {
  "use strict";
  let last = null;
  const boxes = () => [...document.querySelectorAll('input[name="k"][form="many"]')];

  function head() {
    const form = document.getElementById("many");
    const first = document.querySelector("table.records thead th");
    if (!form || !first || first.querySelector("input")) return;
    const box = Object.assign(document.createElement("input"), { type: "checkbox" });
    box.dataset.tickAll = "";
    box.setAttribute("aria-label", form.dataset.tick);
    first.prepend(box);
  }

  function tell() {
    const form = document.getElementById("many");
    if (!form) return;
    const all = boxes();
    const ticked = all.filter((box) => box.checked).length;
    form.querySelector("output").textContent = form.elements.all.checked ? "" : form.dataset.said.replace("#", ticked);
    const box = document.querySelector("[data-tick-all]");
    if (!box) return;
    box.checked = ticked > 0 && ticked === all.length;
    box.indeterminate = ticked > 0 && ticked < all.length;
  }

  document.addEventListener("click", (event) => {
    const box = event.target.closest?.('input[name="k"][form="many"]');
    if (!box) return;
    const all = boxes();
    const from = all.indexOf(last);
    const to = all.indexOf(box);
    if (event.shiftKey && from >= 0) {
      for (const between of all.slice(Math.min(from, to), Math.max(from, to) + 1)) between.checked = box.checked;
    }
    last = box;
    tell();
  });

  document.addEventListener("change", ({ target }) => {
    if (target.matches?.("[data-tick-all]")) boxes().forEach((box) => (box.checked = target.checked));
    if (target.matches?.('[data-tick-all], [form="many"], #many input')) tell();
  });

  function ready() {
    head();
    tell();
  }
  document.addEventListener("DOMContentLoaded", ready);
  document.addEventListener("htmx:after:swap", ready);
})();
