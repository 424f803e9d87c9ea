/* What the boosted frame needs around htmx: when to morph and when to start afresh, where focus goes, what is
   said when the server is away. Everything listens on the document, so a swapped page needs no set-up. */
(() => {
  "use strict";
  document.documentElement.dataset.scripts = "";

  const mainTask = (tasks) => tasks.find((task) => task.type === "main");
  const element = (target) => (typeof target === "string" ? document.querySelector(target) : target);

  /* A morph keeps what people typed, which is right for a search that answers while they type and wrong for another
     record: there the text of one row would stand in the form of the next. So only the same page, read again
     or refused, is morphed. A whole document (sign-in, an error outside the session) replaces the body. */
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx, tasks } = event.detail;
    ctx.menu = ctx.sourceElement?.closest?.("#main [popover]:popover-open");
    ctx.sent = ctx.sourceElement?.closest?.("form")?.id; // it may be gone afterwards
    const task = mainTask(tasks);
    const target = task && element(task.target);
    if (!target || target === document.body) return;
    if (/^\s*<!doctype/i.test(ctx.text)) {
      task.target = document.body;
      task.swapSpec.style = "outerSync";
      ctx.fresh = true;
      return;
    }
    if (target.id !== "main") return;
    const url = new URL(ctx.response?.raw?.url || ctx.request.action, location.href);
    if (ctx.itself && url.pathname !== location.pathname) return event.preventDefault(); // they went on meanwhile
    if (ctx.itself) keep(ctx, tasks);
    // A form may ask for itself, with one more row say (X-Form): nothing was sent, nothing may move.
    ctx.again = ctx.response?.headers?.get?.("X-Form") === "again";
    const readAgain = ctx.request.method === "GET" || ctx.response?.status >= 400 || ctx.again;
    if (!ctx.again && (url.pathname !== location.pathname || !readAgain)) {
      task.swapSpec.style = "innerHTML";
      ctx.fresh = true;
    }
  });

  /* A page that reads itself again (page.read_again): what is typed, open, looked at and was just said stays. */
  const TYPED = "#main form[data-typed]";
  const OPEN = "#main details[open]";
  function keep(ctx, tasks) {
    // That something is under way is over now; what a form led to is still worth reading.
    const silent = tasks.findIndex((task) => task.target?.id === "flashes" && !task.fragment.firstElementChild?.childElementCount);
    if (silent > 0 && !document.querySelector('#flashes [data-tone="info"]')) tasks.splice(silent, 1);
    ctx.kept = { typed: [...document.querySelectorAll(TYPED)], open: [...document.querySelectorAll(OPEN)], at: document.activeElement };
  }
  function giveBack({ typed, open, at }) {
    typed.forEach((form) => (form.dataset.typed = ""));
    open.forEach((details) => (details.open = true));
    if (at !== document.body && at?.isConnected && !at.closest("[popover]:not(:popover-open)")) {
      if (at.tabIndex < 0) at.tabIndex = -1;
      at.focus({ preventScroll: true });
    } else if (at !== document.body) focusOn(document.querySelector("#main h1") ?? document.getElementById("main"));
  }

  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (ctx.kept) giveBack(ctx.kept);
    const main = document.getElementById("main");
    if (!main) return;
    const part = element(ctx.target);
    if (part?.matches?.("[popover]")) {
      // What was fetched into a menu is shown, beside what asked for it, and used at once.
      if (!part.matches(":popover-open")) part.showPopover({ source: ctx.sourceElement });
      part.querySelector("[autofocus]")?.focus();
      return;
    }
    if (part?.closest?.("[popover], dialog")) return; // a part of what is open: it stays open
    if (ctx.fresh) {
      document.querySelectorAll(".rail:popover-open").forEach((rail) => rail.hidePopover());
      if (!ctx.request?.anchor) window.scrollTo(0, 0);
    } else if (ctx.sourceElement?.matches?.("a[href]")) {
      // "Clear" and "back" reach search fields whose text was typed, not rendered; show what the address says.
      main.querySelectorAll('form[method="get"]').forEach((form) => form.reset());
    }
    // What was asked for from a menu is here: the menu would lie over it, though its inside may have gone by now.
    if (ctx.menu?.isConnected) ctx.menu.hidePopover();
    const refused = ctx.response?.status >= 400;
    if (refused || ctx.again) {
      // What was sent holds what was typed still; another form beside it was not touched, so it asks nothing.
      main.querySelectorAll("form[data-unsaved]").forEach((form) => (!ctx.sent || form.id === ctx.sent) && holds(form) && (form.dataset.typed = ""));
    }
    const errors = refused && (main.querySelector("#errors, #problem") || main.querySelector('[aria-invalid="true"]'));
    const added = ctx.again && (main.querySelector("[data-focus] :is(input, select, textarea):not([type=hidden])") || main.querySelector("[data-focus]"));
    if (added) focusOn(added);
    else if (errors) focusOn(errors);
    else if (ctx.fresh && !main.querySelector("[autofocus]")) focusOn(landed(ctx) || main.querySelector("h1") || main);
  });

  /* A form that leads back to its place on the page names it in its address: "/changes/CH-1042/discussion#talk-form". */
  const landed = ({ request, sent }) => sent && request?.anchor && document.getElementById(request.anchor);

  function focusOn(place) {
    if (place.tabIndex < 0) place.tabIndex = -1;
    place.focus({ preventScroll: !place.matches("div, input, select, textarea") || !!place.closest(".decide") });
  }

  /* A verdict that lacked its comment holds nothing: who goes on from there is asked nothing. */
  const holds = (form) => [...form.elements].some((field) => field.matches("select, textarea, input:not([type=hidden])") && field.value);

  /* Network gone or no answer in time: say so, keep the page. */
  document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
    const region = document.getElementById("flashes");
    if (!ctx || ctx.response || !region) return;
    const note = document.createElement("div");
    note.className = "note";
    note.dataset.tone = "bad";
    note.textContent = document.body.dataset.offline;
    region.replaceChildren(note);
  });

  /* Leaving a form with something typed: asked once, for links of the frame and for the browser's own ways out. */
  const unsent = () => document.querySelector("form[data-unsaved][data-typed]");
  document.addEventListener("input", ({ target }) => {
    const form = target.form;
    if (form?.hasAttribute("data-unsaved")) form.dataset.typed = "";
  });
  document.addEventListener("submit", ({ target }) => delete target.dataset.typed, true);
  window.addEventListener("beforeunload", (event) => {
    if (unsent()) event.preventDefault();
  });
  document.addEventListener("htmx:before:request", (event) => {
    const { ctx } = event.detail;
    if (ctx.itself) {
      // Not over a verdict that somebody is just writing: the button they press tells them what it came to.
      if (document.querySelector("#decision[data-typed]")) event.preventDefault();
      return;
    }
    const form = unsent();
    if (!form || ctx.target?.id !== "main" || ctx.sourceElement === form) return;
    if (window.confirm(document.body.dataset.leave)) delete form.dataset.typed;
    else event.preventDefault();
  });
})();
