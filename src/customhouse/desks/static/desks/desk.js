/* What pages do without being reloaded: live changes, keys on lists, dropping files, names of countries. */
"use strict";
(() => {
  const body = document.body;
  const language = document.documentElement.lang;

  // --- live: the page is told which declarations changed, and asks again for the parts that show them
  const waiting = new Map(); // part -> the numbers of what changed in it
  const last = new WeakMap(); // part -> when it was brought up to date
  const calm = (part) => 1000 * Number(part.dataset.calm || (part.dataset.live === "any" ? 2 : 0.2));

  function changed(numbers) {
    document.querySelectorAll("[data-live]").forEach((part) => {
      if (numbers && part.dataset.live !== "any" && !numbers.includes(part.dataset.live)) return;
      if (waiting.has(part)) { numbers?.forEach((n) => waiting.get(part).add(n)); return; }
      waiting.set(part, new Set(numbers || []));
      later(part, Math.max(150, (last.get(part) || 0) + calm(part) - Date.now()));
    });
  }
  const later = (part, wait) => setTimeout(() => bring(part), wait);

  async function bring(part) {
    if (!part.isConnected) { waiting.delete(part); return; }
    if (document.hidden) { later(part, 1000); return; }
    if (isChoosing(part)) { later(part, 1500); return; }
    if (isTyping(part)) { waiting.delete(part); document.querySelector("#stale")?.removeAttribute("hidden"); return; }
    const numbers = waiting.get(part);
    waiting.delete(part);
    last.set(part, Date.now());
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer || !answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
    if (!fresh || !part.isConnected) return;
    if (isTyping(part)) { document.querySelector("#stale")?.removeAttribute("hidden"); return; }
    replace(part, fresh);
    numbers.forEach((n) => part.querySelector(`[data-row="${CSS.escape(n)}"]`)?.classList.add("flash"));
    if (part.dataset.live !== "any") document.querySelector("#said").textContent = body.dataset.changed;
  }

  // What the reader had opened, chosen or focused stays so.
  function replace(part, fresh) {
    const told = (details) => details.querySelector("summary").textContent.replace(/\s+/g, " ");
    const open = new Set([...part.querySelectorAll("details[open]")].map(told));
    const at = part.querySelector("tr.at")?.dataset.row;
    const focused = part.contains(document.activeElement) ? document.activeElement : null;
    const again = focused && { id: focused.id, row: focused.closest("[data-row]")?.dataset.row, link: focused.getAttribute("href") };
    part.replaceChildren(...fresh.childNodes);
    part.querySelectorAll("details").forEach((details) => { if (open.has(told(details))) details.open = true; });
    if (at) part.querySelector(`[data-row="${CSS.escape(at)}"]`)?.classList.add("at");
    window.htmx?.process(part);
    dress(part);
    if (!again) return;
    const row = again.row && part.querySelector(`[data-row="${CSS.escape(again.row)}"] a`);
    const link = again.link && [...part.querySelectorAll("a[href]")].find((a) => a.getAttribute("href") === again.link);
    ((again.id && document.getElementById(again.id)) || row || link)?.focus({ preventScroll: true });
  }

  const isChoosing = (part) => part.contains(document.activeElement) && document.activeElement.matches("form:not([method=post]) select");
  // A form that somebody types in is never taken away.
  function isTyping(part) {
    const differs = (f) => (f.matches("select") ? ![...f.options].every((o, n) => o.selected === (o.defaultSelected || (n === 0 && !f.querySelector("[selected]")))) : f.value !== f.defaultValue);
    return [...part.querySelectorAll("form[method=post] :is(textarea, select, input:not([type=hidden]))")].some(
      (f) => differs(f) || f === document.activeElement,
    );
  }

  function listen(patience) {
    const stream = new EventSource(`/events?ticket=${encodeURIComponent(body.dataset.ticket)}`);
    let failed = false;
    stream.addEventListener("changed", (event) => changed(event.data.split(",")));
    stream.onopen = () => { patience = 2; if (failed) changed(null); failed = false; };
    stream.onerror = () => {
      failed = true;
      if (stream.readyState === EventSource.CLOSED) setTimeout(() => { listen(Math.min(patience * 2, 60)); changed(null); }, patience * 1000);
    };
  }
  if (body.dataset.ticket && document.querySelector("[data-live]")) listen(2);

  // --- keys on lists: j and k move, Enter opens, / finds
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    const find = document.querySelector("#find");
    if (event.key === "/" && find) { event.preventDefault(); find.focus(); find.select(); }
    const choice = /^[a-z]$/.test(event.key) && document.querySelector(`table.list tr.at [data-key="${event.key}"]`);
    if (choice) { choice.click(); return; }
    const rows = [...document.querySelectorAll("table.list tr[data-row]")];
    if ((event.key !== "j" && event.key !== "k") || !rows.length) return;
    const at = rows.findIndex((row) => row.classList.contains("at"));
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + (event.key === "j" ? 1 : -1)))];
    rows[at]?.classList.remove("at");
    next.classList.add("at");
    next.querySelector("a").focus();
  });

  // --- filters: what is left empty is not asked for
  document.addEventListener("htmx:configRequest", (event) => {
    const asked = event.detail.parameters;
    if (event.detail.elt.matches(".filters")) [...asked.keys()].forEach((name) => { if (!asked.get(name)) asked.delete(name); });
  });

  // --- dropping files
  document.querySelectorAll("[data-drop]").forEach((drop) => {
    const input = drop.querySelector("input[type=file]");
    const chosen = drop.querySelector("[data-chosen]");
    const tell = () => { chosen.textContent = [...input.files].map((f) => f.name).join(", "); };
    input.addEventListener("change", tell);
    ["dragenter", "dragover", "dragleave", "drop"].forEach((kind) => drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover" || kind === "dragenter");
      if (kind !== "drop" || !event.dataTransfer.files.length) return;
      const carrier = new DataTransfer();
      [...event.dataTransfer.files].slice(0, input.multiple ? undefined : 1).forEach((f) => carrier.items.add(f));
      input.files = carrier.files;
      tell();
    }));
  });

  // --- the names of countries, as the browser knows them in the language of the page
  function dress(part) {
    const names = new Intl.DisplayNames([language], { type: "region" });
    part.querySelectorAll("[data-region]").forEach((place) => {
      const code = place.dataset.region;
      const name = /^[A-Z]{2}$/.test(code) ? names.of(code) : code;
      if (name !== code) place.textContent = `${code} ${name}`;
    });
  }
  dress(document);
})();
