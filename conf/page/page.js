// Publishes to the hub of this origin, and watches it through the browser's own EventSource.
const hub = new URL("/.well-known/mercure", location.href);
const shownUpdates = 200;

const element = (id) => document.getElementById(id);
let source = null;
let listening = new Set();
let received = 0;
let reconnections = 0;

function showState(state, words) {
  element("state").dataset.state = state;
  element("state").textContent = words;
  element("stop").disabled = state === "closed" || state === "refused";
}

const counted = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

function showCounts() {
  element("count").textContent = counted(received, "update");
  element("reconnections").textContent = counted(reconnections, "reconnection");
}

function showUpdate(event) {
  const about = document.createElement("div");
  about.className = "about";
  const part = (name, text) => {
    const span = document.createElement("span");
    span.className = name;
    span.textContent = text;
    about.append(span);
  };
  part("time", new Date().toLocaleTimeString());
  part("type", event.type);
  part("id", event.lastEventId);

  const data = document.createElement("pre");
  data.textContent = event.data;
  const item = document.createElement("li");
  item.append(about, data);
  element("updates").prepend(item);
  while (element("updates").children.length > shownUpdates) element("updates").lastElementChild.remove();
  received += 1;
  showCounts();
}

// An EventSource hands over only events of types that it was asked for; untyped ones are "message".
function listen(type) {
  if (!type || listening.has(type)) return;
  listening.add(type);
  source?.addEventListener(type, showUpdate);
}

function setCookie(token) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  const age = token ? "" : "; Max-Age=0";
  document.cookie = `mercureAuthorization=${token}; Path=${hub.pathname}; SameSite=Strict${secure}${age}`;
}

const chosen = (name) => document.querySelector(`input[name=${name}]:checked`).value;

function subscriptionUrl() {
  const url = new URL(hub);
  const lines = element("topics").value.split("\n").map((line) => line.trim());
  const parameter = chosen("parameter");
  for (const topic of lines.filter(Boolean)) url.searchParams.append(parameter, topic);
  const presentation = chosen("presentation");
  const token = element("subscriber").value.trim();
  setCookie(presentation === "cookie" ? token : "");
  if (presentation === "parameter") url.searchParams.set("authorization", token);
  return url;
}

function watch() {
  stop();
  reconnections = 0;
  showCounts();
  showState("connecting", "Connecting…");
  source = new EventSource(subscriptionUrl());
  let wasOpen = false;
  source.onopen = () => {
    if (wasOpen) reconnections += 1;
    wasOpen = true;
    showCounts();
    showState("open", "Watching");
  };
  source.onerror = () => {
    if (source.readyState === EventSource.CONNECTING) {
      showState("connecting", wasOpen ? "Cut; reconnecting…" : "No answer; trying again…");
    } else {
      showState("refused", "Refused: the hub's error log says why");
    }
  };
  const types = ["message", element("type").value, ...element("types").value.split(",")];
  listening = new Set();
  for (const type of types) listen(type.trim());
}

function stop() {
  source?.close();
  source = null;
  showState("closed", "Not watching");
}

async function publish() {
  const form = new URLSearchParams({ topic: element("topic").value, data: element("data").value });
  const type = element("type").value.trim();
  if (type) form.set("type", type);
  if (element("private").checked) form.set("private", "on");
  listen(type);

  const headers = { Authorization: `Bearer ${element("publisher").value.trim()}` };
  const response = await fetch(hub, { method: "POST", body: form, headers, credentials: "omit" });
  const text = (await response.text()).trim();
  return response.ok ? `Published ${text}` : `Refused with status ${response.status}: ${text}`;
}

async function fillInTokens() {
  const response = await fetch("config.json");
  if (!response.ok) return;
  const tokens = await response.json();
  element("publisher").value = tokens.publisher;
  element("subscriber").value = tokens.subscriber;
}

element("watch").addEventListener("submit", (event) => {
  event.preventDefault();
  watch();
});
element("stop").addEventListener("click", stop);
element("publish").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    element("published").textContent = await publish();
  } catch {
    element("published").textContent = "The hub cannot be reached.";
  }
});

// The tokens are samples for this machine; without them, paste some.
fillInTokens().catch(() => {});
