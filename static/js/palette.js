/* The palette: a dialog filled by htmx (the opener is a link to /search, so it works without scripts). Arrow keys walk
   what was found, typing goes back to the field, Enter in the field opens the first as soon as it is of what was typed. */
(() => {
  "use strict";
  const dialog = () => document.getElementById("palette");
  const field = () => document.getElementById("palette-field");
  const items = () => [...dialog().querySelectorAll("[data-item]")];
  const offer = () => dialog().querySelector("[data-offer]");
  const current = () => offer()?.dataset.offer === field().value.trim().replace(/\s+/g, " ");
  let waiting = false;

  document.addEventListener("htmx:after:swap", () => {
    const box = dialog();
    if (!box?.firstElementChild || !field()) return;
    if (box.dataset.filled !== undefined) {
      document.getElementById("palette-said").textContent = offer()?.dataset.said ?? "";
      if (waiting && current()) openFirst();
      return;
    }
    box.dataset.filled = "";
    document.querySelectorAll("[popover]:popover-open").forEach((open) => open.hidePopover());
    if (!box.open) box.showModal();
    field().focus();
  });

  document.addEventListener("close", ({ target }) => {
    if (target.id !== "palette") return;
    waiting = false;
    delete target.dataset.filled;
    target.replaceChildren();
  }, true);

  function openFirst() {
    waiting = false;
    items()[0]?.click();
  }

  document.addEventListener("keydown", (event) => {
    if (!event.target.closest?.("#palette") || event.isComposing) return;
    const all = items();
    const at = all.indexOf(document.activeElement);
    if (event.key === "ArrowDown") (all[at + 1] ?? all[at])?.focus();
    else if (event.key === "ArrowUp") (at > 0 ? all[at - 1] : field()).focus();
    else if (event.key === "Enter" && at < 0 && field().value.trim() && (all.length || !current())) {
      if (current()) openFirst();
      else waiting = true;
    } else {
      if (at >= 0 && event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) field().focus();
      return;
    }
    event.preventDefault();
  });

  /* Whatever is opened from it closes it; a click beside it does, too. */
  document.addEventListener("click", ({ target }) => {
    if (target.id === "palette" || target.closest?.("#palette a[data-item]")) dialog().close();
  });
  document.addEventListener("submit", ({ target }) => {
    if (target.closest?.("#palette")) dialog().close();
  });
})();
