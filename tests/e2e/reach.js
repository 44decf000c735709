// What of the page on show is out of somebody's reach: one sentence for each fault.
() => {
  const faults = [];
  const seen = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && e.getClientRects().length > 0;
  const named = (e) => `<${e.tagName.toLowerCase()} ${e.id || e.getAttribute("name") || e.className?.baseVal || e.className || ""}> ${e.textContent.trim().slice(0, 40)}`;
  const off = (e) => e.closest(".visually-hidden, .skip, [aria-hidden=true]") || getComputedStyle(e).clipPath === "inset(50%)";

  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) faults.push(`is ${wide} pixels wide`);
  if (document.querySelectorAll("h1").length !== 1) faults.push("has not exactly one h1");
  if (!document.title || !document.documentElement.lang) faults.push("has no title or no language");

  // names
  for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (!off(e) && !e.labels?.length && !e.getAttribute("aria-label")) faults.push(`no label: ${named(e)}`);
  }
  for (const e of document.querySelectorAll("button, a[href], summary")) {
    if (!e.textContent.trim() && !e.getAttribute("aria-label") && !e.title) faults.push(`no name: ${named(e)}`);
  }
  for (const e of document.querySelectorAll("[aria-labelledby], [aria-describedby]")) {
    const ids = `${e.getAttribute("aria-labelledby") || ""} ${e.getAttribute("aria-describedby") || ""}`.trim().split(/\s+/);
    ids.filter((id) => !document.getElementById(id)).forEach((id) => faults.push(`names what is not there (${id}): ${named(e)}`));
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  ids.filter((id, n) => ids.indexOf(id) !== n).forEach((id) => faults.push(`twice on the page: #${id}`));

  // targets of at least 24 pixels, but for links inside a sentence
  for (const e of document.querySelectorAll("button, select, input:not([type=hidden]), textarea, summary, nav a, .button, .tile, td a")) {
    if (!seen(e) || off(e)) continue;
    const { width, height } = e.getBoundingClientRect();
    if (width < 24 || height < 23.5) faults.push(`too small to press (${width.toFixed(0)} x ${height.toFixed(0)}): ${named(e)}`);
  }

  // contrast of text, 4.5 to 1, of large text 3 to 1
  const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const paint = (layers) => {
    context.fillStyle = "#fff";
    context.fillRect(0, 0, 1, 1);
    layers.forEach(([colour, alpha]) => { context.globalAlpha = alpha; context.fillStyle = colour; context.fillRect(0, 0, 1, 1); context.globalAlpha = 1; });
    return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const told = new Set();
  for (const e of document.body.querySelectorAll("*")) {
    if (e.closest("svg, option, datalist, noscript") || !seen(e) || off(e)) continue;
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
    const line = [];
    for (let at = e; at; at = at.parentElement) line.unshift(at);
    const ground = line.map((at) => [getComputedStyle(at).backgroundColor, 1]);
    const style = getComputedStyle(e);
    const opacity = line.reduce((product, at) => product * Number(getComputedStyle(at).opacity), 1);
    const [below, above] = [light(paint(ground)), light(paint([...ground, [style.color, opacity]]))].sort((a, b) => a - b);
    const ratio = (above + 0.05) / (below + 0.05);
    const size = parseFloat(style.fontSize);
    const enough = size >= 24 || (size >= 18.6 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const fault = `contrast ${ratio.toFixed(2)}: ${named(e)}`;
    if (ratio < enough && !told.has(fault)) { told.add(fault); faults.push(fault); }
  }
  return faults;
}
