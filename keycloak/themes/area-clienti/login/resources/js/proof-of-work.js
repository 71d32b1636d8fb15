/**
 * ALTCHA's proof of work, second version: find the counter whose PBKDF2 key begins with the wanted prefix.
 * The browser derives the keys by itself and off the page's own thread; nothing is asked of the person.
 */
const form = document.querySelector("form[data-ac-challenge]");

const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

async function derive(parameters, counter) {
  const nonce = bytesOf(parameters.nonce);
  const password = new Uint8Array(nonce.length + 4);
  password.set(nonce);
  new DataView(password.buffer).setUint32(nonce.length, counter);
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: bytesOf(parameters.salt), iterations: parameters.cost };
  return hexOf(new Uint8Array(await crypto.subtle.deriveBits(how, key, parameters.keyLength * 8)));
}

async function solve(challenge) {
  for (let counter = 0; ; counter += 1) {
    const derivedKey = await derive(challenge.parameters, counter);
    if (derivedKey.startsWith(challenge.parameters.keyPrefix)) {
      return btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } }));
    }
  }
}

if (form) {
  const proof = form.querySelector("[data-ac-proof]");
  const status = form.querySelector("[data-ac-working]");
  const solved = solve(JSON.parse(form.dataset.acChallenge)).then((payload) => {
    proof.value = payload;
    status.textContent = "";
  });
  // Whoever is faster than the browser waits for it; the form goes on by itself.
  form.addEventListener("submit", (event) => {
    if (proof.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    status.textContent = status.dataset.acWorking;
    solved.then(() => form.requestSubmit());
  });
}
