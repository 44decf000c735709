/* The session: its end is announced in time and put off with one key or by typing on; signing out leaves nothing behind. */
"use strict";
(() => {
  const bar = document.getElementById("session");
  const WARN = 300; // seconds before the end: WCAG 2.2.1 asks for twenty at least
  if (bar) watch();

  function watch() {
    let ends = Date.now() + 1000 * Number(bar.dataset.left);
    const rest = () => Math.ceil((ends - Date.now()) / 1000);
    const button = bar.querySelector("button");
    const link = bar.querySelector("a");
    const told = bar.querySelector("p");
    let asking = false;

    async function stay() {
      if (asking) return;
      asking = true;
      const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";
      const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
      const answer = await fetch(bar.dataset.stay, { method: "POST", redirect: "manual", headers: { "X-CSRFToken": cookie || token } }).catch(() => null);
      asking = false;
      if (answer?.ok) {
        ends = Date.now() + 1000 * Number(await answer.text());
        bar.hidden = true;
        return;
      }
      if (answer && answer.status < 500) ends = Date.now();
      look();
    }
    function look() {
      const left = rest();
      if (left > WARN) { bar.hidden = true; return; }
      const over = left <= 0;
      const at = new Date(ends).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
      const text = over ? bar.dataset.over : bar.dataset.soon.replace("{at}", at);
      if (told.textContent !== text) told.textContent = text;
      button.hidden = over;
      link.hidden = !over;
      const draft = document.querySelector("#lodge-form [name=draft]")?.value;
      const back = draft ? `${location.pathname}?draft=${draft}` : location.pathname + location.search;
      link.href = `${bar.dataset.signIn}?next=${encodeURIComponent(back)}`;
      if (!bar.hidden) return;
      bar.hidden = false;
      if (!document.activeElement?.matches("input, select, textarea")) (over ? link : button).focus();
    }
    button.addEventListener("click", stay);
    // Whoever types is here: that puts the end off as well, and nobody is interrupted.
    document.addEventListener("input", () => { if (!bar.hidden && rest() > 0) stay(); });
    setInterval(look, Math.min(15_000, Math.max(250, 100 * Number(bar.dataset.left))));
    document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
    look();
  }

  // --- signing out: what this person typed is on the server, and goes from this browser
  document.addEventListener("submit", (event) => {
    if (!("signOut" in event.target.dataset)) return;
    const own = `draft:${event.target.dataset.signOut}:`;
    try { Object.keys(localStorage).filter((key) => key.startsWith(own)).forEach((key) => localStorage.removeItem(key)); } catch { /* no store, nothing in it */ }
  });
})();
