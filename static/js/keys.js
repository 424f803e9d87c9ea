/* Keys: data-hotkey presses what carries it; j k x walk and tick rows; ? shows the list. Single letters rest while
   one types, under an open dialog, and everywhere with <html data-keys="off"> (WCAG 2.1.4). */
(() => {
  "use strict";
  const TYPING = 'input:not([type="checkbox"], [type="radio"], [type="button"], [type="submit"]), textarea, select, [contenteditable="true"]';
  let waiting = "";
  let timer = 0;

  const visible = (found) => found.checkVisibility?.({ visibilityProperty: true }) ?? found.offsetParent !== null;
  const rows = () => [...document.querySelectorAll("#main [data-row]")].filter(visible);
  const currentRow = () => document.activeElement?.closest?.("tr, li");

  function press(found) {
    if (found.hasAttribute("data-hotkey-focus")) {
      found.focus();
    } else if (found.matches("input:not([type=checkbox], [type=radio]), textarea, select")) {
      found.focus();
      found.select?.();
    } else {
      found.click();
    }
  }

  const hotkeyed = (keys) =>
    [...document.querySelectorAll("[data-hotkey]")].filter((found) => found.dataset.hotkey === keys && !found.disabled && visible(found)).at(-1);

  function move(step) {
    const all = rows();
    if (!all.length) return false;
    const at = all.findIndex((row) => row.closest("tr, li") === currentRow());
    all[Math.min(Math.max(at + step, 0), all.length - 1)].focus();
    return true;
  }

  function tick() {
    const box = currentRow()?.querySelector('input[type="checkbox"]');
    box?.click();
    return Boolean(box);
  }

  function rowKey(key) {
    const found = [...(currentRow()?.querySelectorAll("[data-row-hotkey]") ?? [])].find((each) => each.dataset.rowHotkey === key);
    found?.click();
    return Boolean(found);
  }

  function act(keys) {
    if (rowKey(keys)) return true;
    const found = hotkeyed(keys);
    if (found) {
      press(found);
      return true;
    }
    if (keys === "j") return move(1);
    if (keys === "k") return move(-1);
    if (keys === "x") return tick();
    return keys === "?" && help();
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      const found = hotkeyed(`Control+${event.key}`);
      if (!found) return;
      event.preventDefault();
      press(found);
      return;
    }
    if (document.documentElement.dataset.keys === "off" || event.key.length !== 1) return;
    if (event.target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
    const keys = waiting ? `${waiting} ${event.key}` : event.key;
    clearTimeout(timer);
    waiting = "";
    if (act(keys) || (keys !== event.key && act(event.key))) {
      event.preventDefault();
    } else if (document.querySelector(`[data-hotkey^="${CSS.escape(event.key)} "]`)) {
      waiting = event.key;
      timer = setTimeout(() => (waiting = ""), 1200);
    }
  });

  /* Escape empties a search field, then leaves it; Enter keeps what it found and leaves it: j and k work at once. */
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || !event.target.matches?.('input[type="search"]')) return;
    if (!event.target.value) event.target.blur();
    else {
      event.preventDefault();
      event.target.value = "";
      event.target.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
  /* Escape leaves the comment to a verdict: what is typed stays, and its letters decide again. */
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing && event.target.matches?.("form.decision textarea")) event.target.blur();
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches?.("form.search")) event.target.querySelector('input[type="search"]')?.blur();
  });

  /* The page's own keys, read from the page each time the help opens. */
  function help() {
    const dialog = document.getElementById("keys-help");
    const list = document.getElementById("keys-list");
    if (!dialog || !list) return false;
    list.querySelectorAll("[data-of-page]").forEach((line) => line.remove());
    const seen = new Set();
    for (const found of document.querySelectorAll("[data-hotkey], [data-row-hotkey]")) {
      const keys = found.dataset.hotkey || found.dataset.rowHotkey;
      if (seen.has(keys) || !visible(found)) continue;
      seen.add(keys);
      list.append(line(keys, words(found)));
    }
    document.querySelectorAll("[popover]:popover-open").forEach((open) => open.hidePopover());
    dialog.showModal();
    return true;
  }

  function words(found) {
    const said = found.dataset.hotkeyLabel || found.getAttribute("aria-label");
    if (said) return said;
    const copy = (found.labels?.[0] || found).cloneNode(true);
    copy.querySelectorAll("kbd").forEach((key) => key.remove());
    return copy.textContent.replace(/\s+/g, " ").trim();
  }

  function line(keys, text) {
    const row = document.createElement("div");
    const term = row.appendChild(document.createElement("dt"));
    for (const part of keys.replace("+", " ").split(" ")) {
      term.append(Object.assign(document.createElement("kbd"), { textContent: part }), " ");
    }
    row.appendChild(document.createElement("dd")).textContent = text;
    row.dataset.ofPage = "";
    return row;
  }

  document.addEventListener("click", ({ target }) => {
    if (target.closest?.("[data-keys-help]")) help();
  });
})();
