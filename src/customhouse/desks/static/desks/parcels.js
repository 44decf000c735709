/* A file with parcels, sent portion by portion: it goes on where it stood after a broken connection, also on another day. */
"use strict";
(() => {
  const form = document.querySelector("form[data-portions]");
  if (!form) return;
  const size = Number(form.dataset.portions);
  const token = form.elements.csrfmiddlewaretoken.value;
  const sending = form.querySelector("[data-sending]");
  const bar = sending.querySelector("progress");
  const percent = sending.querySelector("[data-percent]");
  const wrong = form.querySelector("[data-wrong]");
  const wait = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

  function stop(told) {
    wrong.querySelector("p").textContent = `${told.label} ${told.hint}`;
    wrong.hidden = false;
    sending.hidden = true;
    form.querySelector("button.primary").disabled = false;
  }

  function show(offset, length) {
    bar.value = Math.floor((offset * 100) / length);
    percent.textContent = `${bar.value} %`;
  }

  async function send(file, where, offset) {
    let patience = 1;
    while (offset < file.size) {
      show(offset, file.size);
      let answer;
      try {
        answer = await fetch(where, { method: "PATCH", body: file.slice(offset, offset + size),
          headers: { "X-CSRFToken": token, "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" } });
        if (answer.status >= 500 && answer.status !== 507) throw new Error(String(answer.status));
      } catch (fault) {
        percent.textContent = form.dataset.away;
        await wait(patience);
        patience = Math.min(30, patience * 2);
        continue;
      }
      const told = await answer.json();
      if (!answer.ok && !(answer.status === 409 && Number.isInteger(told.offset))) { stop(told.wrong); return false; }
      offset = told.offset;
      patience = 1;
    }
    show(file.size, file.size);
    return true;
  }

  form.addEventListener("submit", async (event) => {
    const file = form.elements.file.files[0];
    if (!file) return;
    event.preventDefault();
    wrong.hidden = true;
    sending.hidden = false;
    form.querySelector("button.primary").disabled = true;
    const told = new FormData(form);
    told.delete("file");
    told.set("name", file.name);
    told.set("length", String(file.size));
    const answer = await fetch(form.action, { method: "POST", body: told }).catch(() => null);
    if (!answer || answer.status >= 500) { stop({ label: form.dataset.away, hint: "" }); return; }
    const begun = await answer.json();
    if (begun.wrong) { stop(begun.wrong); return; }
    if (await send(file, begun.portions, begun.offset)) window.location.assign(begun.page);
  });
})();
