/* Lists that can be put in order by mouse: items of <ol data-sortable> are dragged; their hidden fields go with them.
   By keyboard, by touch and without scripts the buttons of each item do the same. */
(() => {
  "use strict";
  let dragged = null;
  const list = (target) => target.closest?.("[data-sortable]");

  document.addEventListener("pointerdown", ({ target, pointerType }) => {
    const item = pointerType === "mouse" && !target.closest("input, select, button") && target.closest("[data-sortable] > li");
    if (item) item.draggable = true;
  });
  document.addEventListener("dragstart", (event) => {
    const item = event.target.closest?.("[data-sortable] > li[draggable]");
    if (!item) return;
    dragged = item;
    item.classList.add("dragged");
    event.dataTransfer.effectAllowed = "move";
  });
  document.addEventListener("dragover", (event) => {
    if (!dragged || list(event.target) !== dragged.parentElement) return;
    event.preventDefault();
    const over = event.target.closest("li");
    if (!over || over === dragged) return;
    const box = over.getBoundingClientRect();
    over.parentElement.insertBefore(dragged, event.clientY < box.top + box.height / 2 ? over : over.nextSibling);
  });
  document.addEventListener("drop", (event) => dragged && event.preventDefault());
  document.addEventListener("dragend", () => {
    dragged?.classList.remove("dragged");
    dragged?.removeAttribute("draggable");
    dragged = null;
  });
})();
