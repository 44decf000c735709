/* What pages do without being reloaded: live changes, keys on lists, dropping files, keeping a draft. */
"use strict";
(() => {
  const body = document.body;

  // --- live: the page is told which declarations changed, and asks again for what shows them
  if (body.dataset.ticket) {
    const open = () => {
      const stream = new EventSource(`/events?ticket=${encodeURIComponent(body.dataset.ticket)}`);
      stream.addEventListener("changed", (event) => {
        const numbers = event.data.split(",");
        document.querySelectorAll("[data-live]").forEach((part) => {
          if (part.dataset.live === "any" || numbers.includes(part.dataset.live)) refresh(part, numbers);
        });
      });
      stream.onerror = () => { if (stream.readyState === EventSource.CLOSED) setTimeout(open, 5000); };
    };
    open();
  }
  const timers = new WeakMap();
  function refresh(part, numbers) {
    clearTimeout(timers.get(part));
    timers.set(part, setTimeout(() => {
      if (isBusy(part)) { part.dataset.stale = "yes"; document.querySelector("#stale")?.removeAttribute("hidden"); return; }
      window.htmx.ajax("GET", part.dataset.from || location.href, { target: part, swap: "innerHTML", select: `#${part.id} > *` }).then(() => {
        numbers.forEach((n) => part.querySelector(`[data-row="${n}"]`)?.classList.add("flash"));
      });
    }, 250));
  }
  // A form that somebody types in is never taken away.
  function isBusy(part) {
    if (part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) return true;
    return [...part.querySelectorAll("textarea, input:not([type=hidden])")].some((f) => f.value !== f.defaultValue);
  }

  // --- keys on lists: j and k move, Enter opens, / searches
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = [...document.querySelectorAll("table.list tbody tr[data-row]")];
    const at = rows.findIndex((r) => r.classList.contains("chosen"));
    if (event.key === "/" && document.querySelector("#search")) { event.preventDefault(); document.querySelector("#search").focus(); }
    if ((event.key === "j" || event.key === "k") && rows.length) {
      rows[at]?.classList.remove("chosen");
      const next = rows[Math.min(rows.length - 1, Math.max(0, at + (event.key === "j" ? 1 : -1)))];
      next.classList.add("chosen");
      next.querySelector("a")?.focus();
    }
  });

  // --- dropping files
  document.querySelectorAll(".drop").forEach((drop) => {
    const input = drop.querySelector("input[type=file]");
    ["dragover", "dragleave", "drop"].forEach((kind) => drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
      if (kind === "drop") input.files = event.dataTransfer.files;
    }));
  });

  // --- a draft of the form stays in this browser until it is lodged
  const form = document.querySelector("form[data-draft]");
  if (form) {
    const key = `draft:${form.dataset.draft}`;
    const fields = () => [...form.elements].filter((f) => f.name && !["csrfmiddlewaretoken", "add", "remove"].includes(f.name) && f.type !== "file");
    const saved = JSON.parse(localStorage.getItem(key) || "null");
    if (saved && form.dataset.fresh) {
      const notice = document.querySelector("#draft");
      notice?.removeAttribute("hidden");
      notice?.querySelector("button")?.addEventListener("click", () => {
        fields().forEach((f) => { if (f.name in saved) f.value = saved[f.name]; });
        notice.setAttribute("hidden", "");
      });
    }
    form.addEventListener("input", () => localStorage.setItem(key, JSON.stringify(Object.fromEntries(fields().map((f) => [f.name, f.value])))));
    form.addEventListener("submit", (event) => { if (event.submitter?.name === "lodge") localStorage.setItem(`${key}:sent`, "1"); });
  }
  if (body.dataset.lodged) Object.keys(localStorage).filter((k) => k.startsWith("draft:")).forEach((k) => localStorage.removeItem(k));
})();
