// Shows the user's conversations, each message once and in the order of their ids, and sends.

import { Feed } from "./feed.js";
import { postForm } from "./http.js";

const element = (id) => document.getElementById(id);
const user = Number(document.body.dataset.user);
const words = { live: "Live", waiting: "Connecting; asking every 5 seconds meanwhile" };

function part(name, text) {
  const span = document.createElement("span");
  span.className = name;
  span.textContent = text; // never as HTML: it is what another user wrote
  return span;
}

// A message may come before its conversation does.
function conversationCard(id) {
  const known = element(`conversation-${id}`);
  if (known) return known;
  const card = element("conversation").content.cloneNode(true).firstElementChild;
  card.id = `conversation-${id}`;
  card.querySelector("[name=conversation]").value = id;
  sendFrom(card.querySelector("form"), showMessage);
  element("conversations").append(card);
  return card;
}

function showConversation({ id, members }) {
  const others = members.filter((member) => member !== user).map((member) => `user ${member}`);
  conversationCard(id).querySelector("h2").textContent = `With ${others.join(", ")}`;
}

function showMessage({ id, conversation, from, text, at }) {
  if (element(`message-${id}`)) return;
  const about = document.createElement("div");
  about.className = "about";
  about.append(part("from", from === user ? "You" : `User ${from}`));
  about.append(part("time", new Date(at * 1000).toLocaleTimeString()));
  const item = document.createElement("li");
  item.id = `message-${id}`;
  item.dataset.id = id;
  item.className = from === user ? "own" : "";
  item.append(about, part("text", text));

  const list = conversationCard(conversation).querySelector(".messages");
  const later = [...list.children].find((other) => Number(other.dataset.id) > id);
  list.insertBefore(item, later ?? null);
  list.scrollTop = list.scrollHeight;
}

function showState(state) {
  element("state").dataset.state = state;
  element("state").textContent = words[state];
}

function sendFrom(form, show) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const hint = form.querySelector(".hint");
    try {
      show(await postForm(form)); // at once, whether the hub is there or not
      form.reset();
      hint.textContent = "";
    } catch (error) {
      hint.textContent = `Not sent: ${error.message}`;
    }
  });
}

sendFrom(element("begin"), showConversation);
new Feed(document.body.dataset.hub, { showConversation, showMessage, showState }).start();
