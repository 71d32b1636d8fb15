// Shows the outbox and keeps it fresh. Everything is put in as text: a message can carry what a stranger typed.
"use strict";

const POLL_MS = 1000;
const byId = (id) => document.getElementById(id);
const search = byId("search");
const seen = new Set();
let messages = [];
let tag = null;
let first = true;

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function shownTo(message) {
  const italian = /^\+39(\d{3})(\d{3})(\d+)$/.exec(message.to);
  return italian ? `+39 ${italian[1]} ${italian[2]} ${italian[3]}` : message.to;
}

function key(message) {
  return `${message.id}|${message.sent_at}`;
}

function copyButton(code) {
  const number = make("b", {}, code);
  const label = make("span", {}, "Copia · Copy");
  const button = make("button", { type: "button", class: "button button--code", "data-code": code, "aria-label": `Copia il codice ${code} / Copy code` }, label, number);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code);
      label.textContent = "Copiato · Copied";
    } catch {
      getSelection().selectAllChildren(number);
      label.textContent = "Selezionato · Selected";
    }
    setTimeout(() => { label.textContent = "Copia · Copy"; }, 1500);
  });
  return button;
}

function actions(message) {
  const row = make("div", { class: "actions" });
  if (message.code) row.append(copyButton(message.code));
  if (message.link) row.append(make("a", { class: "button", href: message.link, target: "_blank", rel: "noopener noreferrer" }, "Apri il link · Open"));
  return row;
}

function meta(message) {
  const at = new Date(message.sent_at);
  return make("div", { class: "meta" },
    make("span", { class: "tag" }, message.brand),
    make("span", { class: "tag" }, message.purpose),
    make("time", { datetime: message.sent_at }, at.toLocaleTimeString("it-IT")));
}

function bubble(message) {
  const item = make("li", { class: `bubble${fresh(message)}`, lang: message.locale }, meta(message), make("p", {}, message.text));
  item.append(actions(message));
  return item;
}

function mail(message) {
  const item = make("li", { class: `mail${fresh(message)}`, lang: message.locale }, meta(message), make("h4", {}, message.subject || ""), actions(message));
  const details = make("details", { "data-key": key(message) }, make("summary", {}, "Leggi il messaggio · Read"));
  details.addEventListener("toggle", () => {
    if (details.open && !details.querySelector("iframe")) {
      details.append(make("iframe", { src: `/outbox/mails/${encodeURIComponent(message.id)}`, title: message.subject || "email", sandbox: "allow-popups" }));
    }
  });
  item.append(details);
  return item;
}

function fresh(message) {
  return !first && !seen.has(key(message)) ? " is-new" : "";
}

function grouped(channel) {
  const wanted = search.value.toLowerCase().replace(/[\s.]/g, "");
  const groups = new Map();
  for (const message of messages) {
    if (message.channel !== channel || !message.to.toLowerCase().replace(/[\s.]/g, "").includes(wanted)) continue;
    if (!groups.has(message.to)) groups.set(message.to, []);
    groups.get(message.to).push(message);
  }
  return groups;
}

function draw() {
  const open = new Set([...document.querySelectorAll("details[open]")].map((one) => one.dataset.key));
  const phones = grouped("mobile");
  byId("phones").replaceChildren(...[...phones.values()].map((list) => make("article", { class: "phone" },
    make("div", { class: "phone__screen" },
      make("header", { class: "phone__head" }, make("h3", {}, shownTo(list[0]))),
      make("ol", { class: "thread", tabindex: "0", "aria-label": `SMS ${shownTo(list[0])}` }, ...list.map(bubble))))));
  const mailboxes = grouped("email");
  byId("mails").replaceChildren(...[...mailboxes.values()].map((list) => make("article", { class: "mailbox" },
    make("header", { class: "mailbox__head" }, make("h3", {}, list[0].to)),
    make("ol", { class: "mails" }, ...list.map(mail)))));
  byId("phones-count").textContent = phones.size;
  byId("mails-count").textContent = mailboxes.size;
  byId("phones-empty").hidden = phones.size > 0;
  byId("mails-empty").hidden = mailboxes.size > 0;
  for (const details of document.querySelectorAll("details")) details.open = open.has(details.dataset.key);
  for (const message of messages) seen.add(key(message));
  first = false;
}

function state(text, away) {
  byId("state").textContent = text;
  byId("state").classList.toggle("is-away", away);
}

async function poll() {
  try {
    const answer = await fetch("/outbox.json", { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
    if (answer.status === 200) {
      messages = (await answer.json()).messages;
      tag = answer.headers.get("etag");
      draw();
    }
    state("In ascolto · Live", false);
  } catch {
    state("Bridge fermo · Bridge away", true);
  }
  setTimeout(poll, POLL_MS);
}

search.value = new URLSearchParams(location.search).get("to") || "";
search.addEventListener("input", draw);
poll();
