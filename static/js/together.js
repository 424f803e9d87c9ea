/* Forms that are not lost, and who else has a record open. */
(() => {
  "use strict";
  const OFTEN = 10_000; // while somebody types on and on, what is typed is kept this often
  const AGAIN = 20_000;
  const token = () => document.querySelector("input[name=csrf_token]")?.value ?? "";
  const send = (address, body, more = {}) =>
    fetch(address, { method: "POST", body, redirect: "manual", headers: { "X-CSRFToken": token(), "HX-Request-Type": "partial" }, ...more });

  /* A draft is kept after each pause (the form's own trigger), while one types on, and when the page is left. */
  const drafted = () => document.querySelector("form[data-unsaved]:has([data-draft])");
  let unkept = false;
  let last = Date.now();
  document.addEventListener("input", ({ target }) => {
    const form = target.form;
    if (!form || form !== drafted()) return;
    if (!unkept) last = Math.max(last, Date.now() - OFTEN / 2);
    unkept = true;
    if (Date.now() - last < OFTEN) return;
    last = Date.now();
    form.querySelector("[data-draft]").dispatchEvent(new CustomEvent("keep-draft"));
  });
  document.addEventListener("submit", () => (unkept = false), true);
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    if (ctx?.sourceElement?.matches?.("[data-draft]") && ctx.response?.status === 204) unkept = false;
  });
  function leave() {
    const form = unkept && drafted();
    if (!form) return;
    unkept = false;
    const fields = [...new FormData(form)].filter(([, value]) => typeof value === "string");
    const body = new URLSearchParams(fields);
    if (body.toString().length < 60_000) send("/drafts/", body, { keepalive: true }).catch(() => {});
  }
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && leave());
  window.addEventListener("pagehide", leave);

  /* Presence: asked by pages that are looked at; a session is not kept alive by it. */
  let here = null;
  async function tell() {
    const place = document.querySelector("[data-presence]");
    if (here && here.address !== place?.dataset.presence) gone();
    if (!place || document.visibilityState === "hidden") return;
    const { presence: address, mode } = place.dataset;
    here = { address, mode };
    try {
      const answer = await send(address, new URLSearchParams({ mode }));
      if (!answer.ok || answer.headers.get("HX-Redirect") || !place.isConnected) return;
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").body;
      if (found.textContent.trim() !== place.textContent.trim()) place.replaceChildren(...found.children);
    } catch {
      // away: whoever types is told when they save
    }
  }
  function gone() {
    if (here) send(here.address, new URLSearchParams({ mode: "gone" }), { keepalive: true }).catch(() => {});
    here = null;
  }
  setInterval(tell, AGAIN);
  document.addEventListener("htmx:after:swap", tell);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && tell());
  window.addEventListener("pagehide", gone);
  document.addEventListener("DOMContentLoaded", tell);
})();
