/* A quick look at a row beside its list: Space on the row one is on, or the button that appears there. j k and the
   arrows go on to the next row, Escape closes and the focus is back in the list. Rows opened from a list carry its
   state along, so that the record knows its neighbours; nothing of this stands in the list's own HTML. */
(() => {
  "use strict";
  const PLACE = ["after", "before", "last", "at"];
  const dialog = () => document.getElementById("quick");
  const links = () => [...document.querySelectorAll("#main table.records a[data-row]")];
  const path = (link) => link.getAttribute("href").split(/[?#]/)[0];
  let row = null; // the link of the row that is looked at
  let asked = 0;
  let wide = null;

  function state() {
    const args = new URLSearchParams(location.search);
    PLACE.forEach((name) => args.delete(name));
    return args.toString();
  }
  const listed = (link) => `${path(link)}?${new URLSearchParams({ list: state() })}`;

  /* The row one is on: its link learns where it was opened from, and the one button moves there. */
  let button = null;
  function arrive(link) {
    if (!link || !document.getElementById("quick-look")) return;
    link.setAttribute("href", listed(link));
    if (!button?.isConnected) button = document.getElementById("quick-look").content.firstElementChild.cloneNode(true);
    if (button.previousElementSibling !== link && document.activeElement !== button) link.after(button);
  }
  const inRow = (target) => target.closest?.("table.records > tbody > tr")?.querySelector("a[data-row]");
  document.addEventListener("focusin", ({ target }) => arrive(inRow(target)));
  document.addEventListener("pointerover", ({ target }) => arrive(inRow(target)));
  document.addEventListener("pointerdown", ({ target }) => arrive(inRow(target)), true);

  async function look(link, focus) {
    const place = dialog();
    const inside = place?.querySelector("[data-quick-in]");
    if (!inside) return;
    const number = ++asked;
    row?.closest("tr")?.removeAttribute("data-looked");
    row = link;
    row.closest("tr").dataset.looked = "";
    row.scrollIntoView({ block: "nearest" });
    if (!place.open) show(place);
    place.querySelectorAll("[data-quick-step]").forEach((each) => (each.disabled = !beside(Number(each.dataset.quickStep))));
    inside.setAttribute("aria-busy", "true");
    let nodes;
    try {
      const answer = await fetch(`${path(link)}/quick?in=list`, { headers: { "HX-Request": "true", "HX-Request-Type": "partial" } });
      const elsewhere = answer.headers.get("HX-Redirect");
      if (elsewhere) return location.assign(elsewhere);
      if (!answer.ok) nodes = [said(answer.status === 404 ? place.dataset.gone : place.dataset.away)];
      else nodes = [...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes].map((node) => document.adoptNode(node));
    } catch {
      nodes = [said(place.dataset.away)];
    }
    if (number !== asked || !place.open) return; // one went on meanwhile
    inside.replaceChildren(...nodes);
    inside.removeAttribute("aria-busy");
    inside.scrollTop = place.scrollTop = 0;
    inside.querySelectorAll("a[data-listed]").forEach((each) => each.setAttribute("href", listed(each)));
    window.htmx?.process(inside);
    if (focus) (inside.querySelector("#quick-title") ?? inside.firstElementChild)?.focus();
  }

  function said(words) {
    const note = document.createElement("p");
    note.id = "quick-title";
    note.className = "quiet";
    note.tabIndex = -1;
    note.textContent = words;
    return note;
  }

  /* Beside the list where there is room for both, over it as a sheet where there is not. */
  function show(place) {
    wide = matchMedia("(width >= 60rem)").matches;
    if (wide) place.show();
    else place.showModal();
  }

  function beside(step) {
    const all = links();
    return all[all.indexOf(row) + step] && all.indexOf(row) >= 0 ? all[all.indexOf(row) + step] : null;
  }

  function close() {
    asked += 1;
    const place = dialog();
    if (place?.open) place.close();
    row?.closest("tr")?.removeAttribute("data-looked");
    if (row?.isConnected) row.focus();
    row = null;
  }

  function step(by) {
    const next = row && beside(by);
    if (next) look(next, true);
  }

  document.addEventListener("click", (event) => {
    const { target } = event;
    if (target.closest?.("[data-quick]")) look(inRow(target), true);
    else if (target.closest?.("[data-quick-close]") || (target === dialog() && !wide)) close();
    else if (target.closest?.("[data-quick-step]")) step(Number(target.closest("[data-quick-step]").dataset.quickStep));
  });
  document.addEventListener("cancel", (event) => {
    if (event.target !== dialog()) return;
    event.preventDefault();
    close();
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const place = dialog();
    if (place?.open && event.key === "Escape" && !document.querySelector("dialog[open]:not(#quick), [popover]:popover-open")) {
      event.preventDefault();
      event.stopPropagation();
      return close();
    }
    const letters = document.documentElement.dataset.keys !== "off";
    const on = event.target.matches?.("a[data-row], table.records > tbody > tr > :is(td, th)") && inRow(event.target);
    if (event.key === " " && on && letters) {
      event.preventDefault();
      event.stopPropagation();
      if (place?.open && row === on) close();
      else look(on, true);
      return;
    }
    if (!place?.open || !place.contains(event.target) || event.target.matches("input, textarea, select, pre")) return;
    const by = { ArrowDown: 1, ArrowUp: -1, ...(letters ? { j: 1, k: -1 } : {}) }[event.key];
    const edits = event.key === "e" && letters && place.querySelector("[data-quick-edit]");
    if (!by && !edits) return;
    event.preventDefault();
    event.stopPropagation();
    if (by) step(by);
    else edits.click();
  }, true);

  /* Another page, or the list read again: what was looked at is not beside it any more. */
  document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
    if (ctx.target?.id === "main" && dialog()?.open) {
      asked += 1;
      dialog().close();
      row = null;
    }
  });

  /* A long text to copy stands on the page once, not a second time in its button. */
  document.addEventListener("click", ({ target }) => {
    const from = target.closest?.("[data-copy-from]");
    if (from) from.dataset.copy = document.getElementById(from.dataset.copyFrom).textContent;
  }, true);
})();
