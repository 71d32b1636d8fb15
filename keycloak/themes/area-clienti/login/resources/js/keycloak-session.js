/** Keycloak's own watch over the sign-in session, fed from data attributes so that no script stands in the page. */
import { checkAuthSession, startSessionPolling } from "./authChecker.js";

const { acSsoUrl, acAuthSession } = document.body.dataset;

if (acSsoUrl) {
  startSessionPolling(acSsoUrl);
}
if (acAuthSession) {
  checkAuthSession(acAuthSession);
}

// Links to other identity providers are followed once.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-once-link]");
  if (!link) {
    return;
  }
  if (link.getAttribute("aria-disabled") === "true") {
    event.preventDefault();
    return;
  }
  if (link.dataset.disabledClass) {
    link.classList.add(...link.dataset.disabledClass.trim().split(/\s+/));
  }
  link.setAttribute("aria-disabled", "true");
});
