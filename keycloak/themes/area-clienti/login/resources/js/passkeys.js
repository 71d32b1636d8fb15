/**
 * The browser's part of Keycloak's passkey pages (WebAuthn). The form carries the request in data attributes and takes the
 * answer in hidden fields; it is sent when the browser has answered, with `error` when the answer was no.
 */
const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
/** The realm's policy says "not specified" where the browser is to decide. */
const specified = (entries) =>
  Object.fromEntries(Object.entries(entries).filter(([, value]) => value && value !== "not specified"));
const timeout = ({ acTimeout }) => (Number(acTimeout) > 0 ? { timeout: Number(acTimeout) * 1000 } : {});
const keys = (ids) => ids.map((id) => ({ type: "public-key", id: toBytes(id) }));

let pending;

/** One question to the authenticator at a time: a new one ends the one that still waits in the username field. */
function newSignal() {
  pending?.abort();
  pending = new AbortController();
  return pending.signal;
}

function requestOptions(form) {
  const data = form.dataset;
  const known = [...form.querySelectorAll("[data-ac-known-passkey]")].map((one) => one.dataset.acKnownPasskey);
  return {
    challenge: toBytes(data.acChallenge),
    allowCredentials: data.acIdentified === "true" ? keys(known) : [],
    ...specified({ rpId: data.acRpId, userVerification: data.acUserVerification }),
    ...timeout(data),
  };
}

function creationOptions(form) {
  const data = form.dataset;
  const resident = data.acResidentKey && data.acResidentKey !== "not specified" ? data.acResidentKey : undefined;
  const required = resident ? resident === "required" : data.acRequireResidentKey === "Yes";
  const algorithms = data.acAlgorithms ? data.acAlgorithms.split(" ").map(Number) : [-7];
  return {
    challenge: toBytes(data.acChallenge),
    rp: { name: data.acRpName, ...specified({ id: data.acRpId }) },
    user: { id: toBytes(data.acUserId), name: data.acUsername, displayName: data.acUsername },
    pubKeyCredParams: algorithms.map((alg) => ({ type: "public-key", alg })),
    excludeCredentials: keys(data.acExclude ? data.acExclude.split(",") : []),
    authenticatorSelection: specified({
      authenticatorAttachment: data.acAttachment,
      residentKey: resident ?? (required ? "required" : undefined),
      requireResidentKey: required,
      userVerification: data.acUserVerification,
    }),
    ...specified({ attestation: data.acAttestation }),
    ...timeout(data),
  };
}

function send(form, values) {
  for (const [name, value] of Object.entries(values)) {
    form.elements[name].value = value ?? "";
  }
  form.requestSubmit();
}

async function use(form, extra = {}) {
  const credential = await navigator.credentials.get({ publicKey: requestOptions(form), signal: newSignal(), ...extra });
  const { clientDataJSON, authenticatorData, signature, userHandle } = credential.response;
  keepRememberMe(form);
  send(form, {
    clientDataJSON: toText(clientDataJSON),
    authenticatorData: toText(authenticatorData),
    signature: toText(signature),
    credentialId: credential.id,
    userHandle: userHandle ? toText(userHandle) : "",
  });
}

async function make(form) {
  const credential = await navigator.credentials.create({ publicKey: creationOptions(form), signal: newSignal() });
  const { response } = credential;
  send(form, {
    clientDataJSON: toText(response.clientDataJSON),
    attestationObject: toText(response.attestationObject),
    publicKeyCredentialId: toText(credential.rawId),
    transports: response.getTransports?.().join(",") ?? "",
    authenticatorAttachment: credential.authenticatorAttachment ?? "",
  });
}

/** The box "keep me signed in" stands in the form of the password, and counts for a passkey, too. */
function keepRememberMe(form) {
  const box = document.getElementById("rememberMe");
  if (box) {
    const field = Object.assign(document.createElement("input"), { type: "hidden", name: "rememberMe" });
    field.value = box.checked ? "on" : "off";
    form.append(field);
  }
}

/** Passkeys among the browser's suggestions for the username; an answer that never comes is no error. */
async function offerInField(form) {
  const { acMediation: mediation } = form.dataset;
  if (!window.PublicKeyCredential || mediation === "none" || form.dataset.acIdentified === "true") {
    return;
  }
  if (mediation === "conditional" && !(await PublicKeyCredential.isConditionalMediationAvailable?.())) {
    return;
  }
  await use(form, { mediation }).catch(() => {});
}

for (const form of document.querySelectorAll("form[data-ac-passkey]")) {
  const button = form.querySelector("[data-ac-passkey-start]");
  const start = async () => {
    if (!window.PublicKeyCredential) {
      send(form, { error: form.dataset.acUnsupported });
      return;
    }
    try {
      await (form.dataset.acPasskey === "make" ? make(form) : use(form));
    } catch (error) {
      send(form, { error: String(error) });
    }
  };
  button.hidden = false;
  button.addEventListener("click", start, { once: true });
  // Enter in the name of the device stands for the button.
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input[type=text]")) {
      event.preventDefault();
      button.click();
    }
  });
  if (form.dataset.acMediation) {
    offerInField(form);
  }
}
