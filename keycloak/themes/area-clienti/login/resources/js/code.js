/** The page that asks for a one-time code: tidy input, countdowns, and codes read from the SMS (WebOTP). */
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

/** Calls `tick` with the whole seconds left, every second, and with 0 at the end. */
function countDown(seconds, tick) {
  // A deadline and not a counter: a phone suspends timers while the customer reads the SMS.
  const deadline = Date.now() + seconds * 1000;
  const step = () => {
    const left = Math.max(0, Math.ceil((deadline - Date.now()) / 1000));
    tick(left);
    if (left === 0) {
      clearInterval(timer);
    }
  };
  const timer = setInterval(step, 1000);
  document.addEventListener("visibilitychange", step);
  step();
}

for (const field of document.querySelectorAll("[data-ac-code]")) {
  field.addEventListener("input", () => {
    const digits = field.value.replace(/\D/g, "").slice(0, 6);
    if (digits !== field.value) {
      field.value = digits;
    }
  });
  // maxlength would cut a pasted "123 456" before the spaces are taken out.
  field.addEventListener("paste", (event) => {
    const digits = event.clipboardData?.getData("text").replace(/\D/g, "");
    if (digits?.length === 6) {
      event.preventDefault();
      field.value = digits;
    }
  });
  readFromSms(field);
}

for (const note of document.querySelectorAll("[data-ac-countdown]")) {
  const seconds = Number(note.dataset.acCountdown);
  if (seconds > 0) {
    countDown(seconds, (left) => {
      note.textContent = left > 0 ? note.dataset.acText.replace("{time}", clock(left)) : note.dataset.acDone;
      if (left === 0) {
        note.setAttribute("role", "status");
      }
    });
  }
}

for (const button of document.querySelectorAll("button[data-ac-wait]")) {
  const label = button.textContent;
  const seconds = Number(button.dataset.acWait);
  if (seconds > 0) {
    button.addEventListener("click", (event) => {
      if (button.getAttribute("aria-disabled") === "true") {
        event.preventDefault();
      }
    });
    countDown(seconds, (left) => {
      button.setAttribute("aria-disabled", String(left > 0));
      button.textContent = left > 0 ? button.dataset.acText.replace("{time}", clock(left)) : label;
    });
  }
}

/** Where the browser offers it, the code of the SMS fills the field; nothing is sent until the customer goes on. */
async function readFromSms(field) {
  if (!("OTPCredential" in window) || !field.form) {
    return;
  }
  const abort = new AbortController();
  field.form.addEventListener("submit", () => abort.abort());
  try {
    const credential = await navigator.credentials.get({ otp: { transport: ["sms"] }, signal: abort.signal });
    if (/^\d{6}$/.test(credential?.code ?? "")) {
      field.value = credential.code;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  } catch {
    // Refused, aborted or timed out: the customer types the code.
  }
}
