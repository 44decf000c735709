"use strict";
/* The offline form: fields from the table in this file, kept in this browser, written as a declaration in the house's JSON. */
(() => {
  const T = JSON.parse(document.getElementById("table").textContent);
  const STORE = "customhouse-offline";
  const $ = (id) => document.getElementById(id);
  let language = Object.keys(T.languages).find((l) => navigator.language.startsWith(l)) || "en";
  const fresh = (before) => ({ ...T.item_defaults, ...(before && Object.fromEntries(T.kept.map((k) => [k, before[k] || ""]))), papers: [{ code: "N935", id: "" }] });
  const empty = () => ({ ...T.defaults, items: [fresh()], charges: [{ code: "AK", amount: "", currency: T.currency }] });
  let state = empty();

  const word = (name, with_ = {}) => (T.words[language][name] || name).replace(/\{(\w+)\}/g, (_, key) => with_[key]);
  function named(list, code) {
    const kind = { countries: "region", country: "region", currencies: "currency" }[list];
    try { if (kind) return new Intl.DisplayNames([language], { type: kind, fallback: "none" }).of(code) || ""; } catch { return ""; }
    return T.lists[language][list]?.[code] || "";
  }

  // --- the page, made anew in the language chosen; what was typed is in `state`
  const make = (tag, attributes = {}, ...inside) => {
    const node = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => { if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value); });
    node.append(...inside);
    return node;
  };
  function field(f, id, value, keep, label = word(`field_${f.name}`)) {
    const box = make("div", { class: `w${f.wide}` }, make("label", { for: id }, label, ...(f.required ? [make("span", { class: "must", "aria-hidden": "true" }, " *")] : [])));
    const hint = T.words[language][`hint_${f.name}`];
    const about = { id, name: id, "aria-required": f.required || null, "aria-describedby": `${id}-fault${hint ? ` ${id}-hint` : ""}` };
    let input;
    if (T.codes[f.kind]) {
      input = make("select", about);
      const codes = T.codes[f.kind];
      (codes.includes(value) ? codes : [value, ...codes]).forEach((code) => input.append(make("option", { value: code }, named(f.kind, code) || code || "–")));
    } else {
      const list = f.kind === "country" ? "countries" : f.list;
      input = make("input", { ...about, maxlength: f.longest, list: list ? `l-${list}` : null, inputmode: f.kind === "number" ? "decimal" : null, spellcheck: list ? "false" : null });
    }
    input.value = value;
    input.addEventListener("input", () => { keep(input.value); store(); sums(); });
    box.append(input, make("p", { class: "fault", id: `${id}-fault`, hidden: true }));
    if (hint) box.append(make("p", { class: "hint", id: `${id}-hint` }, hint));
    return box;
  }
  const button = (text, then, kind = "button") => { const b = make("button", { type: "button", class: kind }, text); b.addEventListener("click", then); return b; };
  const draw = (focus) => {
    document.documentElement.lang = language;
    document.title = word("title");
    document.querySelectorAll("[data-word]").forEach((place) => { place.textContent = word(place.dataset.word); });
    $("law").textContent = `${T.country} ${T.day} · ${T.book}`;
    $("languages").setAttribute("aria-label", word("language"));
    $("languages").replaceChildren(...Object.entries(T.languages).map(([code, name]) => {
      const b = button(name, () => { language = code; store(); draw(); });
      b.lang = code;
      b.setAttribute("aria-pressed", String(code === language));
      return b;
    }));
    const lists = ["countries", "currencies", "documents", "quotas", "reliefs", "tariff"];
    $("lists").replaceChildren(...lists.map((name) => make("datalist", { id: `l-${name}` }, ...T.codes[name].map((code) => make("option", { value: code }, named(name, code))))));
    const groups = T.groups.map((g, n) => make("fieldset", {}, make("legend", {}, word(`group${n}`)), make("div", { class: "fields" }, ...g.fields.map((f) => field(f, f.name, state[f.name] || "", (v) => { state[f.name] = v; })))));
    $("form").replaceChildren(...groups, charges(), ...state.items.map(item), button(word("add_item"), () => { state.items.push(fresh(state.items.at(-1))); store(); draw(`item-${state.items.length}-code`); }));
    sums();
    if (focus) $(focus)?.focus();
  };
  const small = (name, wide, list, longest) => ({ name, kind: "text", wide, list, longest });
  function charges() {
    const kind = { name: "charge", kind: "charge", wide: 6 };
    return make("fieldset", {}, make("legend", {}, word("charges")), ...state.charges.map((c, n) => make("div", { class: "row" },
      field(kind, `charge-${n + 1}-code`, c.code, (v) => { c.code = v; }, word("charge_kind")),
      field({ ...small("amount", 3, "", 24), kind: "number" }, `charge-${n + 1}-amount`, c.amount, (v) => { c.amount = v; }, word("amount")),
      field(small("currency", 3, "currencies", 3), `charge-${n + 1}-currency`, c.currency, (v) => { c.currency = v; }, word("currency")))),
    button(word("add_charge"), () => { state.charges.push({ code: "", amount: "", currency: T.currency }); store(); draw(`charge-${state.charges.length}-code`); }));
  }
  function item(one, n) {
    const at = `item-${n + 1}-`;
    const papers = one.papers.map((p, m) => make("div", { class: "row paper" },
      field(small("paper", 3, "documents", 8), `${at}doc-${m + 1}-code`, p.code, (v) => { p.code = v; }, word("document_kind")),
      field(small("paper", 6, "", 70), `${at}doc-${m + 1}-id`, p.id, (v) => { p.id = v; }, word("document_number"))));
    const gone = state.items.length > 1 ? [button(word("remove_item", { n: n + 1 }), () => { state.items.splice(n, 1); store(); draw(); })] : [];
    return make("fieldset", {}, make("legend", {}, word("item", { n: n + 1 })), make("div", { class: "fields" }, ...T.item.map((f) => field(f, at + f.name, one[f.name] || "", (v) => { one[f.name] = v; }))),
      make("h3", {}, word("documents")), ...papers,
      make("p", { class: "buttons drop" }, button(word("add_document"), () => { one.papers.push({ code: "", id: "" }); store(); draw(`${at}doc-${one.papers.length}-code`); }), ...gone));
  }

  // --- numbers, exact: a whole and how many of its digits stand after the point
  const clean = (text) => text.replace(/[\s\u202f']/g, "").replace(",", ".");
  const isNumber = (text) => /^[+-]?(\d+\.?\d*|\.\d+)$/.test(clean(text)) && clean(text).length < 17;
  const split = (text) => { const [whole, part = ""] = clean(text).replace("+", "").split("."); return [BigInt(`${whole === "" || whole === "-" ? `${whole}0` : whole}${part}`), part.length]; };
  function add(texts) {
    const parts = texts.filter((t) => t && isNumber(t)).map(split);
    const places = Math.max(0, ...parts.map(([, p]) => p));
    const sum = parts.reduce((all, [digits, p]) => all + digits * 10n ** BigInt(places - p), 0n);
    const text = String(sum < 0n ? -sum : sum).padStart(places + 1, "0");
    return (sum < 0n ? "-" : "") + (places ? `${text.slice(0, -places)}.${text.slice(-places)}` : text);
  }
  const all = (name) => state.items.map((i) => i[name] || "");
  function sums() {
    const prices = new Map();
    state.items.forEach((i) => { if (i.price && isNumber(i.price)) { const c = i.currency.toUpperCase(); prices.set(c, add([prices.get(c) || "0", i.price])); } });
    const shown = [["items", state.items.length], ["packages", add(all("packages"))], ["gross", `${add(all("gross"))} kg`], ["net", `${add(all("net"))} kg`], ["price", [...prices].map(([c, sum]) => `${sum} ${c}`).join(", ") || "–"]];
    $("sums").replaceChildren(...shown.map(([name, value]) => make("div", {}, make("dt", {}, word(name)), make("dd", {}, String(value)))));
  }

  // --- what can be seen without a network
  function digit(number) { // ISO 6346: letters count 10, 12, 13 ... 38, every eleventh left out
    const values = Object.fromEntries([..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].map((letter, n) => [letter, 10 + n + Math.floor((9 + n) / 10)]));
    const sum = [...number.slice(0, 10)].reduce((all_, sign, n) => all_ + (values[sign] ?? Number(sign)) * 2 ** n, 0);
    return (sum % 11) % 10;
  }
  const containers = () => (state.containers || "").split(",").map((c) => c.trim().toUpperCase()).filter(Boolean);
  function faults() {
    const found = [];
    const tell = (id, text) => found.push([id, text]);
    const isSimple = ["B", "C", "E", "F"].includes(state.type?.[2]);
    const look = (f, id, value) => {
      if (!value.trim()) { if (f.required && !(isSimple && ["price", "currency", "gross", "net", "packages"].includes(f.name))) tell(id, word("fault_missing")); return; }
      if (f.kind === "number" && !isNumber(value)) tell(id, word("fault_number"));
      else if (f.kind === "number" && clean(value).startsWith("-")) tell(id, word("fault_negative"));
      if (f.kind === "country" && !T.codes.countries.includes(value.trim().toUpperCase())) tell(id, word("fault_country"));
      if (f.list === "currencies" && !T.codes.currencies.includes(value.trim().toUpperCase())) tell(id, word("fault_currency"));
      if (f.kind === "code" && !/^(\d{6}|\d{8}|\d{10})$/.test(value.replace(/[\s.]/g, ""))) tell(id, word("fault_code"));
    };
    T.groups.forEach((g) => g.fields.forEach((f) => look(f, f.name, state[f.name] || "")));
    if (state.type?.startsWith("IM") && !state.importer_id?.trim() && !state.importer_name?.trim()) tell("importer_name", word("fault_missing"));
    containers().forEach((value) => {
      if (!/^[A-Z]{3}[UJZ]\d{7}$/.test(value)) tell("containers", word("fault_container", { value }));
      else if (digit(value) !== Number(value[10])) tell("containers", word("fault_digit", { value, digit: digit(value) }));
    });
    state.charges.forEach((c, n) => {
      const at = `charge-${n + 1}-`;
      if (!c.amount.trim()) return;
      look({ kind: "number" }, `${at}amount`, c.amount);
      look({ list: "currencies" }, `${at}currency`, c.currency);
      if (!c.code) tell(`${at}code`, word("fault_charge"));
    });
    if (T.without_carriage.includes(state.incoterm) && state.type?.startsWith("IM") && !state.charges.some((c) => c.code === "AK" && c.amount.trim())) tell("charge-1-amount", word("fault_carriage", { term: state.incoterm }));
    state.items.forEach((one, n) => {
      const at = `item-${n + 1}-`;
      T.item.forEach((f) => look(f, at + f.name, one[f.name] || ""));
      if (one.gross && one.net && isNumber(one.gross) && isNumber(one.net) && add([one.gross, `-${clean(one.net)}`]).startsWith("-")) tell(`${at}net`, word("fault_net"));
      one.papers.forEach((p, m) => { if ((p.code || p.id) && !/^[A-Z0-9]{4}$/.test(p.code.trim().toUpperCase())) tell(`${at}doc-${m + 1}-code`, word("fault_document")); });
    });
    return found;
  }
  function check() {
    const found = faults();
    document.querySelectorAll(".fault").forEach((p) => { p.hidden = true; p.textContent = ""; });
    document.querySelectorAll("[aria-invalid]").forEach((input) => input.removeAttribute("aria-invalid"));
    const list = found.map(([id, text]) => {
      const name = document.querySelector(`label[for="${id}"]`).firstChild.textContent;
      const n = id.match(/^item-(\d+)-/)?.[1];
      const link = make("a", { href: `#${id}` }, `${n ? `${word("item", { n })}: ` : ""}${name}`);
      link.addEventListener("click", (event) => { event.preventDefault(); $(id).focus(); });
      $(id).setAttribute("aria-invalid", "true");
      $(`${id}-fault`).hidden = false;
      $(`${id}-fault`).textContent = text;
      return make("li", {}, link, ` ${text}`);
    });
    $("faults").hidden = false;
    $("faults").classList.toggle("well", !found.length);
    $("h-faults").textContent = word(found.length ? "wrong" : "well");
    $("faults").querySelector("ul").replaceChildren(...list);
    $("h-faults").focus();
    scrollTo(0, 0);
    return !found.length;
  }

  // --- the declaration: the Lodgement of the record, and back
  const amount = (value, currency) => ({ value: clean(value), currency: currency.trim().toUpperCase() });
  const measure = (value, unit = "") => (value.trim() ? { value: clean(value), unit } : null);
  const codes = (text) => text.toUpperCase().split(/[\s,;]+/).filter(Boolean);
  const t = (name) => (state[name] || "").trim();
  function declaration() {
    const currencies = new Set(state.items.map((i) => (i.price.trim() ? i.currency.trim().toUpperCase() : "")));
    const invoice = currencies.size === 1 && !currencies.has("") ? { value: add(all("price")), currency: [...currencies][0] } : null;
    const packages = add(all("packages"));
    const costs = state.charges.filter((c) => c.amount.trim()).map((c) => ({ type: c.code, amount: amount(c.amount, c.currency) }));
    const destination = t("destination").toUpperCase();
    return {
      lrn: t("lrn"), type: t("type"), office: t("office"), invoice,
      gross_mass: all("gross").every((g) => g.trim()) ? { value: add(all("gross")), unit: "KGM" } : null,
      item_count: state.items.length, package_count: Number(packages) ? packages : null,
      border_means: { mode: t("mode"), id: t("means") },
      declarant: { id: t("declarant_id"), name: t("declarant_name") },
      exporter: { name: t("exporter_name"), address: { country: t("exporter_country").toUpperCase() } },
      goods_shipment: {
        consignment: {
          container_code: containers().length ? "1" : "0",
          goods_location: t("location") ? { type: "A", address: { country: destination, type: "U" }, name: t("location") } : null,
          equipment: containers().map((id, n) => ({ sequence: n + 1, id })),
        },
        destination, export_country: t("dispatch").toUpperCase(),
        items: state.items.map(goods),
        importer: { id: t("importer_id"), name: t("importer_name") },
        terms: { code: t("incoterm"), location: t("place") },
        previous_documents: codes(t("previous")).map((id) => ({ category: "Y", type: "SDE", id })),
        ucr: t("ucr") ? { trader_reference: t("ucr") } : null,
        valuation: costs.length ? { charges: costs } : null,
      },
    };
  }
  function goods(i, n) {
    const v = (name) => (i[name] || "").trim();
    const digits = v("code").replace(/[\s.]/g, "");
    const classes = codes(v("additional_codes")).map((id) => ({ id, type: "TRA" }));
    if (digits) classes.unshift({ id: digits.slice(0, 8), type: "TSP" }, ...(digits.length > 8 ? [{ id: digits.slice(8), type: "TRC" }] : []));
    const others = codes(v("additional")).map((current) => ({ current }));
    return {
      sequence: n + 1, valuation: { method: "1" },
      documents: i.papers.filter((p) => p.code.trim() || p.id.trim()).map((p) => ({ category: p.code.trim().toUpperCase().slice(0, 1), type: p.code.trim().toUpperCase().slice(1), id: p.id.trim() })),
      commodity: {
        description: v("description"), classifications: classes,
        duties: [{ type: "A00", regime: v("preference"), quota: v("order"), payment: { method: t("payment") } }],
        gross_mass: measure(v("gross")), net_mass: measure(v("net")), tariff_quantity: measure(v("quantity")),
        price: v("price") ? amount(v("price"), v("currency")) : null,
      },
      procedures: v("procedure") ? [{ current: v("procedure").slice(0, 2), previous: v("procedure").slice(2, 4) }, ...(others.length ? others : [{ current: "000" }])] : others,
      origins: v("origin") ? [{ country: v("origin").toUpperCase(), type: /^[23]/.test(v("preference")) ? "2" : "1" }] : [],
      packages: v("packages") ? [{ sequence: 1, quantity: clean(v("packages")), type: v("package_type") }] : [],
    };
  }
  function typed(d) {
    const s = d.goods_shipment || {};
    const c = s.consignment || {};
    const duty = (i) => i.commodity?.duties?.[0] || {};
    return {
      lrn: d.lrn, type: d.type, office: d.office, payment: duty(s.items[0]).payment?.method || "A",
      declarant_id: d.declarant?.id, declarant_name: d.declarant?.name, importer_id: s.importer?.id, importer_name: s.importer?.name,
      exporter_name: d.exporter?.name, exporter_country: d.exporter?.address?.country, dispatch: s.export_country, destination: s.destination,
      incoterm: s.terms?.code, place: s.terms?.location, mode: d.border_means?.mode, means: d.border_means?.id,
      containers: (c.equipment || []).map((e) => e.id).join(", "), location: c.goods_location?.name, ucr: s.ucr?.trader_reference,
      previous: (s.previous_documents || []).filter((p) => p.category + p.type === "YSDE").map((p) => p.id).join(", "),
      charges: (s.valuation?.charges || [{ type: "AK" }]).map((x) => ({ code: x.type, amount: String(x.amount?.value ?? ""), currency: x.amount?.currency ?? T.currency })),
      items: s.items.map((i) => {
        const k = i.commodity;
        const of = (type) => (k.classifications || []).filter((x) => x.type === type).map((x) => x.id);
        const main = (i.procedures || []).find((p) => p.previous != null);
        return Object.fromEntries(Object.entries({
          code: of("TSP").join("") + of("TRC").join(""), description: k.description, origin: i.origins?.[0]?.country,
          procedure: main ? main.current + main.previous : "", additional: (i.procedures || []).filter((p) => p.previous == null && p.current !== "000").map((p) => p.current).join(", "),
          preference: duty(i).regime, additional_codes: of("TRA").join(", "), order: duty(i).quota, quantity: k.tariff_quantity?.value,
          packages: i.packages?.[0]?.quantity, package_type: i.packages?.[0]?.type, price: k.price?.value, currency: k.price?.currency, gross: k.gross_mass?.value, net: k.net_mass?.value,
        }).map(([name, value]) => [name, String(value ?? "")]).concat([["papers", (i.documents || []).map((p) => ({ code: (p.category || "") + (p.type || ""), id: p.id || "" }))]]));
      }),
    };
  }

  // --- keeping it: in this browser, in a file
  function store() {
    try { localStorage.setItem(STORE, JSON.stringify({ language, state })); $("told").textContent = word("kept"); } catch { $("told").textContent = word("not_kept"); }
  }
  function save() {
    if (!check()) return;
    const name = `${t("lrn").replace(/[^\w.-]/g, "_")}.json`;
    const link = make("a", { href: URL.createObjectURL(new Blob([JSON.stringify(declaration(), null, 1)], { type: "application/json" })), download: name });
    document.body.append(link);
    link.click();
    link.remove();
    $("told").textContent = word("written", { name });
  }
  async function open(file) {
    try { state = typed(JSON.parse(await file.text())); Object.keys(state).forEach((k) => { state[k] ??= ""; }); } catch { $("told").textContent = word("unreadable", { name: file.name }); return; }
    store();
    draw();
    $("faults").hidden = true;
    $("told").textContent = word("read", { name: file.name });
  }
  $("check").addEventListener("click", check);
  $("save").addEventListener("click", save);
  $("print").addEventListener("click", () => print());
  $("open").addEventListener("change", (event) => { if (event.target.files[0]) open(event.target.files[0]); event.target.value = ""; });
  $("empty").addEventListener("click", () => { if (confirm(word("sure"))) { state = empty(); store(); draw("declarant_id"); $("faults").hidden = true; } });
  try { const kept = JSON.parse(localStorage.getItem(STORE)); if (kept) ({ language, state } = kept); } catch { /* nothing kept, or nothing readable */ }
  draw();
})();
