/** Codes to keep: print the page, or copy the list. Without scripts they are read from the page. */
for (const button of document.querySelectorAll("button[data-ac-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const button of document.querySelectorAll("button[data-ac-copy]")) {
  const list = document.getElementById(button.dataset.acCopy);
  button.hidden = !navigator.clipboard || !list;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText([...list.children].map((one, at) => `${at + 1}: ${one.textContent}`).join("\n"));
    button.textContent = button.dataset.acCopied;
  });
}
