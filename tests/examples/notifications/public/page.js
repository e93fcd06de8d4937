// The page's own part: shows what comes as DOM events, and sends.

import { types, watch } from "./notifications.js";

const element = (id) => document.getElementById(id);
const words = { live: "Live", waiting: "Connecting…" };

function part(name, text) {
  const span = document.createElement("span");
  span.className = name;
  span.textContent = text; // never as HTML: it is what another user wrote
  return span;
}

function show(type, { from, text, at }) {
  const about = document.createElement("div");
  about.className = "about";
  about.append(part("type", type.replace("_", " ")));
  if (from) about.append(part("from", `from user ${from}`));
  if (at) about.append(part("time", new Date(at * 1000).toLocaleTimeString()));
  const item = document.createElement("li");
  item.dataset.type = type;
  item.append(about, part("text", text));
  element("notifications").prepend(item);
}

for (const type of types) document.addEventListener(`hub:${type}`, ({ detail }) => show(type, detail));

document.addEventListener("hub:state", ({ detail: state }) => {
  element("state").dataset.state = state;
  element("state").textContent = words[state];
});

element("send")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  try {
    const response = await fetch("send.php", { method: "POST", body: new URLSearchParams(new FormData(form)) });
    element("sent").textContent = response.ok ? "Sent" : (await response.json()).error;
    if (response.ok) form.reset();
  } catch {
    element("sent").textContent = "The site can't be reached.";
  }
});

watch(document.body.dataset.hub);
