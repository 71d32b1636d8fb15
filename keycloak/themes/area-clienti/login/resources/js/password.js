/** Password fields: show and hide, and the four checks as the customer types. */
for (const button of document.querySelectorAll("[data-ac-password-toggle]")) {
  const field = document.getElementById(button.getAttribute("aria-controls"));
  if (!field) {
    continue;
  }
  const show = (visible) => {
    field.type = visible ? "text" : "password";
    button.textContent = visible ? button.dataset.acHide : button.dataset.acShow;
    button.setAttribute("aria-label", visible ? button.dataset.acHideLabel : button.dataset.acShowLabel);
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    show(field.type === "password");
    field.focus();
  });
  // Browsers store and fill only fields of type password.
  field.form?.addEventListener("submit", () => show(false));
}

/** What Keycloak's password policy asks for; the server decides, this only tells early. */
const CHECKS = {
  length: (value) => value.length >= 8 && value.length <= 16,
  lower: (value) => /\p{Ll}/u.test(value),
  upper: (value) => /\p{Lu}/u.test(value),
  digit: (value) => /\p{Nd}/u.test(value),
};

for (const list of document.querySelectorAll("[data-ac-password-checks]")) {
  const field = document.getElementById(list.dataset.acPasswordChecks);
  const status = document.getElementById(list.dataset.acStatus);
  const items = [...list.querySelectorAll("[data-ac-check]")];
  let announcement;

  const update = () => {
    for (const item of items) {
      item.dataset.met = String(CHECKS[item.dataset.acCheck](field.value));
    }
    // Said once the customer pauses, so that a screen reader is not interrupted at every key.
    clearTimeout(announcement);
    announcement = setTimeout(() => {
      const missing = items.filter((item) => item.dataset.met !== "true").map((item) => item.textContent.trim());
      status.textContent = missing.length ? `${list.dataset.acMissing} ${missing.join(", ")}` : list.dataset.acComplete;
    }, 700);
  };

  if (field && status) {
    field.addEventListener("input", update);
    if (field.value) {
      update();
    }
  }
}
