// The button that makes or asks for a passkey: its options come with it, the answer goes into the form (django-allauth).
"use strict";
for (const button of document.querySelectorAll("[data-passkey]")) {
  const form = button.form;
  button.addEventListener("click", async () => {
    const failed = form.querySelector("[data-failed]");
    failed.hidden = true;
    try {
      const options = JSON.parse(button.dataset.options);
      const made = await webauthnJSON[button.dataset.passkey](options);
      form.elements.credential.value = JSON.stringify(made);
      form.submit();
    } catch (fault) {
      failed.hidden = false;
    }
  });
}
