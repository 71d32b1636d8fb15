/** Forms: a second press of the button while the first is on its way sends nothing. */
for (const form of document.querySelectorAll("form[data-ac-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.acSent) {
      event.preventDefault();
      return;
    }
    form.dataset.acSent = "true";
    form.setAttribute("aria-busy", "true");
  });
}

// A page brought back by the browser's Back button must be usable again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-ac-sent]")) {
    delete form.dataset.acSent;
    form.removeAttribute("aria-busy");
  }
});

// A link that stands for a form's button (Keycloak's "try another way").
for (const link of document.querySelectorAll("a[data-ac-submits]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById(link.dataset.acSubmits)?.requestSubmit();
  });
}

// The summary of what is to be corrected, for browsers that give only fields the focus a page asks for.
document.querySelector("[data-ac-focus]")?.focus();

for (const button of document.querySelectorAll("button[data-ac-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
