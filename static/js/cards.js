/* On a phone a list's rows are cards (static/css/rooms/cards.css), without heads over their columns: a figure or a time
   says itself what it is. Only there, so that a desk's list carries no word twice. */
(() => {
  "use strict";
  const phone = matchMedia("(width < 40rem)");
  function label() {
    if (!phone.matches) return;
    document.querySelectorAll("table.records").forEach((table) => {
      const heads = [...(table.tHead?.rows[0]?.cells ?? [])].map((head) => head.textContent.trim());
      table.querySelectorAll("tbody td:is(.num, :has(> time, > .mono))").forEach((cell) => (cell.dataset.label = heads[cell.cellIndex] ?? ""));
    });
  }
  document.addEventListener("DOMContentLoaded", label);
  document.addEventListener("htmx:after:swap", label);
  phone.addEventListener("change", label);
  label();
})();
