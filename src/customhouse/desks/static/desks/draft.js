/* The draft of the lodging form: every field is sent as it is left; what cannot be sent stays in this browser until it can. */
"use strict";
(() => {
  const form = () => document.getElementById("lodge-form");
  if (!form()) return;
  const field = (name) => form().elements[name];
  const user = field("draft_owner").value;
  const place = (key) => `draft:${user}:${key}`;
  const OWN = new Set(["csrfmiddlewaretoken", "draft", "draft_version", "draft_window", "draft_owner", "papers"]);
  const read = (of) => new Map([...new FormData(of)].filter(([name]) => !OWN.has(name)));
  const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] || field("csrfmiddlewaretoken").value;

  let known = read(form()); // what the server holds of each field, or rendered in it
  const clashes = new Map(); // fields that another window changed as well, until the reader has chosen
  let paused = false; // while a button changes the form, or the form is on its way
  let going = null; // the save that is on its way
  let timer = 0;
  let patience = 1;
  let handing = false; // the form is being sent

  // --- what is said about it
  function say(kind, more = "") {
    const told = document.getElementById("kept");
    told.classList.toggle("away", !["saved", "saving"].includes(kind));
    told.replaceChildren(told.dataset[kind], more ? " " : "", more);
  }
  function saved(at) {
    const time = document.createElement("time");
    time.dateTime = at;
    time.textContent = new Date(at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    say("saved", time);
  }
  function ended() {
    const link = document.createElement("a");
    const told = document.getElementById("kept").dataset;
    link.href = `${told.signIn}?next=${encodeURIComponent(here())}`;
    link.textContent = told.again;
    say("ended", link);
  }
  const here = () => `${location.pathname}?draft=${field("draft").value}`;

  // --- what differs from what the server holds
  function changes() {
    const now = read(form());
    if (field("draft_version").value === "0") return [...now].some(([name, value]) => known.get(name) !== value) ? now : new Map();
    return new Map([...now].filter(([name, value]) => known.get(name) !== value && !clashes.has(name)));
  }

  // --- this browser: what is typed is here at once, and until the server has it
  function keep() {
    const waiting = changes();
    const key = place(field("draft").value);
    try {
      if (waiting.size) localStorage.setItem(key, JSON.stringify({ base: Number(field("draft_version").value), window: field("draft_window").value, about: about(), changes: [...waiting], whole: [...read(form())] }));
      else localStorage.removeItem(key);
    } catch { /* a full or closed store: the server has what was saved so far */ }
  }
  const about = () => Number(form().dataset.about) || null;

  // --- the server
  async function post(address, body, options = {}) {
    const wait = options.keepalive ? {} : { signal: AbortSignal.timeout(15_000) };
    return fetch(address, { method: "POST", redirect: "manual", headers: { "Content-Type": "application/json", "X-CSRFToken": token() }, body: JSON.stringify(body), ...wait, ...options }).catch(() => null);
  }
  function later(wait) { clearTimeout(timer); timer = setTimeout(save, wait); }
  function away() { say("away"); patience = Math.min(patience * 2, 30); later(patience * 1000); paused = false; }

  function save(options) {
    clearTimeout(timer);
    if (paused) return Promise.resolve(false);
    if (going) return going.then(() => save(options));
    const sent = changes();
    if (!sent.size) return Promise.resolve(true);
    going = carry(sent, options).finally(() => { going = null; });
    return going;
  }
  // Whether everything that was sent is stored now.
  async function carry(sent, options) {
    const base = Number(field("draft_version").value);
    const answer = await post(form().dataset.save, { base, window: field("draft_window").value, about: about(), changes: Object.fromEntries(sent) }, options);
    if (!answer || answer.status >= 500) { away(); return false; }
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) { ended(); return false; }
    if (answer.status === 413) { say("full"); return false; }
    const told = await answer.json().catch(() => null);
    if (!told) { away(); return false; }
    patience = 1;
    if (told.outcome === "gone") { field("draft_version").value = 0; known = new Map(); return carry(read(form()), options); }
    if (told.outcome !== "saved") { document.getElementById("moved").hidden = false; return false; }
    merge(told, sent);
    return true;
  }
  function merge(told, sent) {
    sent.forEach((value, name) => { if (!(name in (told.clashes || {}))) known.set(name, value); });
    field("draft_version").value = told.version;
    Object.entries(told.changed || {}).forEach(([name, value]) => {
      const input = field(name);
      if (!input || !("value" in input)) return;
      if (input.value === known.get(name)) put(input, value);
      known.set(name, value);
    });
    Object.entries(told.clashes || {}).forEach(([name, value]) => clashes.set(name, value));
    show();
    if (location.search !== `?draft=${field("draft").value}`) history.replaceState(history.state, "", here());
    saved(told.saved_at);
    keep();
    if (changes().size) later(600);
  }
  function put(input, value) {
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // --- fields that two windows changed: the reader chooses
  function show() {
    const box = document.getElementById("clashes");
    const list = box.querySelector("[data-clashes]");
    box.hidden = !clashes.size;
    list.replaceChildren(...[...clashes].filter(([name]) => field(name)).map(([name, theirs]) => {
      const line = document.createElement("li");
      const label = form().querySelector(`label[for="${CSS.escape(name)}"]`)?.textContent || name;
      const choose = (value, word, taken) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = `${value || "–"} (${word})`;
        button.addEventListener("click", () => { known.set(name, theirs); clashes.delete(name); if (taken) put(field(name), theirs); show(); field(name).focus(); save(); });
        return button;
      };
      line.append(`${label}: `, choose(field(name).value, list.dataset.here, false), " ", choose(theirs, list.dataset.there, true));
      return line;
    }));
  }

  // --- when: soon after a key, at once when a field is left or the page goes
  document.addEventListener("input", (event) => { if (event.target.form === form()) { keep(); later(900); } });
  document.addEventListener("change", (event) => { if (event.target.form === form()) { keep(); later(50); } });
  // A file that is chosen is attached at once: a draft cannot keep what lies on somebody's disk.
  document.addEventListener("change", (event) => {
    if (event.target.id === "papers" && event.target.files.length) form().requestSubmit(form().querySelector("[name=attach]"));
  });
  addEventListener("pageshow", (event) => { if (event.persisted) { handing = paused = false; save(); } });
  addEventListener("online", () => save());
  addEventListener("pagehide", () => { if (!paused) { keep(); save({ keepalive: true }); } });
  document.addEventListener("visibilitychange", () => { if (document.hidden) save({ keepalive: true }); else if (changes().size) save(); });

  // --- handing it in waits until everything is stored, and does not leave the form for a server that is away
  document.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (event.target.id !== "lodge-form" || handing || !button || "quick" in button.dataset) return;
    event.preventDefault();
    await settle();
    if (button.name === "lodge") {
      const well = await fetch("/healthz", { signal: AbortSignal.timeout(5000) }).catch(() => null);
      if (!well?.ok) { away(); say("lodging"); return; }
    }
    send(button);
  });
  async function settle() {
    if (going) await going;
    await save();
  }
  function send(button) {
    handing = paused = true;
    field("csrfmiddlewaretoken").value = token();
    form().requestSubmit(document.body.contains(button) ? button : undefined);
  }

  // --- what was typed here, or in a form that is closed, and never reached the server
  async function rescue() {
    const own = place(field("draft").value);
    const stored = (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } };
    const mine = stored(own);
    if (mine) {
      mine.changes.forEach(([name, value]) => { const input = field(name); if (input && "value" in input && input.value !== value) put(input, value); });
      if (mine.base) field("draft_version").value = Math.min(mine.base, Number(field("draft_version").value));
      field("draft_window").value = mine.window;
      save();
    }
    const others = Object.keys(localStorage).filter((key) => key.startsWith(place("")) && key !== own);
    for (const key of others) {
      const kept = stored(key);
      const name = key.slice(place("").length);
      if (!kept) { localStorage.removeItem(key); continue; }
      const send = (base, changes) => post(form().dataset.save.replace(field("draft").value, name), { base, window: kept.window, about: kept.about, changes: Object.fromEntries(changes) });
      let answer = await send(kept.base, kept.changes);
      if (answer?.status === 409 && (await answer.json()).outcome === "gone") answer = await send(0, kept.whole);
      if (!answer?.ok && answer?.status !== 409) continue;
      if (answer.ok) localStorage.removeItem(key); // else two windows differ: opened again, the draft says so
      const link = document.createElement("a");
      link.href = kept.about ? `/declaration/${kept.about}/amend` : `/lodge?draft=${name}`;
      link.textContent = kept.whole.find(([field]) => field === "lrn")?.[1] || name;
      document.querySelector("[data-rescued]").append(link, " ");
      document.getElementById("rescued").hidden = false;
    }
  }

  // --- for the buttons that change the form in place
  window.customhouseDraft = {
    pause: async () => { clearTimeout(timer); if (going) await going; paused = true; },
    known: (fresh) => { known = read(fresh.querySelector("form")); },
    resume: () => { paused = false; dress(); keep(); if (changes().size) later(200); },
    away,
    send,
  };
  function dress() {
    const at = document.getElementById("kept").dataset.at;
    if (at) { saved(at); history.replaceState(history.state, "", here()); }
  }
  dress();
  rescue();
})();
