/* The lodging form: names beside codes, codes from the tariff, buttons that change it in place. */
"use strict";
(() => {
  const language = document.documentElement.lang;
  const names = {
    region: new Intl.DisplayNames([language], { type: "region", fallback: "none" }),
    currency: new Intl.DisplayNames([language], { type: "currency", fallback: "none" }),
  };
  function named(kind, code) {
    if (kind === "document") return document.querySelector(`#documents option[value="${CSS.escape(code)}"]`)?.textContent || "";
    try { return names[kind].of(code) || ""; } catch { return ""; }
  }

  // --- the lists offered while typing carry the names of countries and currencies
  const label = (list, kind) => document.querySelectorAll(`#${list} option`).forEach((o) => { o.textContent = named(kind, o.value); });
  label("countries", "region");
  label("currencies", "currency");

  function name(input) {
    const code = input.value.trim().toUpperCase();
    let place = input.parentElement.querySelector(".named");
    if (!place) {
      place = document.createElement("span");
      place.className = "named";
      place.setAttribute("aria-live", "polite");
      input.after(place);
    }
    place.textContent = code && code.length > 1 ? named(input.dataset.names, code) : "";
  }
  const nameAll = () => document.querySelectorAll("input[data-names]").forEach(name);
  nameAll();
  document.addEventListener("input", (event) => { if (event.target.dataset?.names) name(event.target); });

  // What was typed while the answer was on its way goes into the form that comes.
  function carry(form, sent, fresh) {
    [...form.elements].filter((f) => f.name && !["hidden", "file"].includes(f.type) && f.tagName !== "BUTTON" && f.value !== sent.get(f.name)).forEach((f) => {
      const place = fresh.querySelector(`[name="${CSS.escape(f.name)}"]`);
      if (place) place.value = f.value;
    });
  }

  // --- the buttons inside the form change it in place, so that the reader stays where they are
  document.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (event.target.id !== "lodge-form" || !button || !("quick" in button.dataset)) return;
    event.preventDefault();
    const form = event.target;
    const draft = window.customhouseDraft;
    await draft.pause();
    const sent = new FormData(form, button);
    const answer = await fetch(form.action, { method: "POST", body: sent }).catch(() => null);
    if (!answer || answer.status >= 500) { draft.away(); return; }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("lodging");
    if (!fresh) { draft.send(button); return; }
    draft.known(fresh);
    const moved = form.contains(document.activeElement) && document.activeElement.matches("input, select, textarea") ? document.activeElement.name : "";
    if (button.name !== "remove") carry(form, sent, fresh);
    document.getElementById("lodging").replaceWith(fresh);
    window.htmx.process(fresh);
    nameAll();
    add();
    const wanted = fresh.querySelector(moved ? `[name="${CSS.escape(moved)}"]` : "[autofocus]");
    wanted?.focus({ preventScroll: true });
    wanted?.scrollIntoView({ block: button.name === "check" ? "start" : "center" });
    draft.resume();
  });

  // --- the sums below the form, while it is typed; what is not a number counts as nothing
  const read = (text) => Number(text.replace(/[\s\u202f']/g, "").replace(",", ".")) || 0;
  const written = new Intl.NumberFormat(language, { maximumFractionDigits: 3 });
  function add() {
    const fields = (name) => [...document.querySelectorAll(`[data-item] [name$="-${name}"]`)];
    document.querySelectorAll("[data-sum]").forEach((place) => {
      const sums = new Map();
      fields(place.dataset.sum).forEach((field, n) => {
        const unit = place.dataset.sum === "price" ? fields("currency")[n].value.toUpperCase() : place.dataset.unit || "";
        if (field.value) sums.set(unit, (sums.get(unit) || 0) + read(field.value));
      });
      const told = [...sums].map(([unit, sum]) => `${written.format(sum)} ${unit}`.trim());
      place.textContent = told.join(", ") || "–";
    });
  }
  document.addEventListener("input", (event) => { if (event.target.closest?.("[data-item]")) add(); });

  // --- a code chosen from what the tariff offers
  document.addEventListener("click", (event) => {
    const offer = event.target.closest?.("button[data-code]");
    if (!offer) return;
    const input = document.getElementById(`item-${offer.closest("[data-item]").dataset.item}-code`);
    input.value = offer.dataset.code;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
  });
})();
