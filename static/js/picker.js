/* A field that refers to another row: searches while one types, and shows what the chosen row is called. The field itself
   holds the key, so nothing is lost without scripts, in a draft, or in a form that comes back.
   <input data-picker="/tables/t/pick"> with <output class="picked"> beside it; data-fills names further fields, one a line. */
(() => {
  "use strict";
  const PAUSE = 200;
  let timer = 0;
  let asked = null;
  let filling = false;

  const place = (field) => field.closest(".combo") || field.parentElement;
  const listOf = (field) => place(field).querySelector(".picks");
  const options = (field) => [...(listOf(field)?.querySelectorAll("[role=option]:not([aria-disabled])") ?? [])];
  const active = (field) => options(field).find((one) => one.id === field.getAttribute("aria-activedescendant"));
  const isPicker = (found) => found?.matches?.("input[data-picker]");

  function prepare(field) {
    if (field.role === "combobox") return;
    const list = document.createElement("div");
    list.className = "picks";
    list.id = `${field.id}-picks`;
    list.hidden = true;
    place(field).append(list);
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", list.id);
    field.setAttribute("aria-expanded", "false");
  }

  function close(field) {
    const list = listOf(field);
    if (list) list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }

  async function ask(field) {
    asked?.abort();
    asked = new AbortController();
    const source = field.dataset.picker;
    const address = `${source}${source.includes("?") ? "&" : "?"}q=${encodeURIComponent(field.value.trim())}`;
    try {
      const answer = await fetch(address, { headers: { "HX-Request-Type": "partial" }, signal: asked.signal });
      const found = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[role=listbox]");
      if (found && document.activeElement === field) open(field, document.importNode(found, true));
    } catch {
      close(field); // away, or overtaken by the next letter: what is typed stays
    }
  }

  function open(field, found) {
    const list = listOf(field);
    found.querySelectorAll("[role=option]").forEach((one, n) => (one.id = `${list.id}-${n}`));
    list.replaceChildren(found);
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
    field.removeAttribute("aria-activedescendant");
  }

  function move(field, step) {
    const all = options(field);
    if (!all.length) return;
    const next = all[(all.indexOf(active(field)) + step + (step < 0 && !active(field) ? 1 : 0) + all.length) % all.length];
    all.forEach((one) => one.setAttribute("aria-selected", String(one === next)));
    field.setAttribute("aria-activedescendant", next.id);
    next.scrollIntoView({ block: "nearest" });
  }

  function choose(field, option) {
    const values = JSON.parse(option.dataset.values);
    const names = field.dataset.fills?.split("\n") ?? [field.name];
    const scope = field.form ?? document;
    filling = true;
    names.forEach((name, n) => {
      const one = scope.querySelector(`[name="${CSS.escape(name)}"]`);
      if (!one) return;
      one.value = values[n];
      one.dispatchEvent(new Event("input", { bubbles: true }));
    });
    filling = false;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    const picked = place(field).querySelector(".picked");
    if (picked) picked.textContent = option.firstChild.textContent.trim();
    close(field);
  }

  document.addEventListener("focusin", ({ target }) => isPicker(target) && prepare(target));
  document.addEventListener("input", ({ target }) => {
    if (!isPicker(target) || filling) return;
    prepare(target);
    const picked = place(target).querySelector(".picked");
    if (picked) picked.textContent = "";
    clearTimeout(timer);
    timer = setTimeout(() => ask(target), PAUSE);
  });
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!isPicker(field) || event.isComposing) return;
    const shown = field.getAttribute("aria-expanded") === "true";
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (shown) move(field, event.key === "ArrowDown" ? 1 : -1);
      else ask(field);
    } else if (shown && event.key === "Enter" && active(field)) {
      event.preventDefault();
      choose(field, active(field));
    } else if (shown && event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close(field);
    }
  }, true);
  document.addEventListener("pointerdown", (event) => {
    const option = event.target.closest?.(".picks [role=option]:not([aria-disabled])");
    if (!option) return;
    event.preventDefault();
    choose(option.closest(".combo, .field").querySelector("input[data-picker]"), option);
  });
  document.addEventListener("focusout", ({ target }) => isPicker(target) && listOf(target) && close(target));
})();
