// Keeps a page up to date: by the hub's stream, and while there is none by asking the server every few
// seconds.
//
// Nothing is missed, as the server is asked once more whenever a stream has opened: what was stored before
// that is in the answer, what is published later comes by the stream. Much comes both ways, so the page
// leaves out what it shows already, by its id.

import { getJson } from "./http.js";

export const askEvery = 5000;

export class Feed {
  #hub;
  #page; // takes showConversation(), showMessage() and showState()
  #source = null;
  #topics = new Set();
  #subscriptions = 0;
  #openings = 0;
  #timer = null;
  // Up to which record everything is here, by the server's own word. A streamed message's id is no such word:
  // an earlier message may not have been published yet, or never.
  #known = 0;

  constructor(hub, page) {
    this.#hub = hub;
    this.#page = page;
  }

  start() {
    this.#beginAsking();
    this.#tick();
    // On another network the old stream may be dead without a word.
    addEventListener("online", () => this.#renew());
  }

  #beginAsking() {
    if (this.#timer !== null) return;
    this.#timer = setInterval(() => this.#tick(), askEvery);
    this.#page.showState("waiting");
  }

  #endAsking() {
    clearInterval(this.#timer);
    this.#timer = null;
    this.#page.showState("live");
  }

  // Whatever fails here is tried again by the next tick.
  async #tick() {
    const over = this.#source === null || this.#source.readyState === EventSource.CLOSED;
    if (over) await this.#subscribe().catch(() => {});
    await this.#ask().catch(() => {});
  }

  // A token names its conversations and has an end, so every subscription begins with a fresh one.
  async #subscribe() {
    const subscription = ++this.#subscriptions;
    const { topics, token } = await getJson("messages/mercure-token");
    if (subscription !== this.#subscriptions) return; // a later one knows more

    const url = new URL(this.#hub);
    for (const topic of topics) url.searchParams.append("topic", topic);
    url.searchParams.set("authorization", token);
    this.#source?.close();
    this.#topics = new Set(topics);
    this.#source = new EventSource(url);
    this.#source.onopen = () => this.#opened();
    // After a cut the browser tries again by itself, with the same token. When it is refused, since the token
    // has ended by then, it gives up, and the next tick subscribes anew.
    this.#source.onerror = () => this.#beginAsking();
    this.#source.onmessage = (event) => this.#page.showMessage(JSON.parse(event.data));
    this.#source.addEventListener("conversation", ({ data }) => this.#takeConversations([JSON.parse(data)]));
  }

  #opened() {
    this.#openings += 1;
    this.#ask().catch(() => {});
  }

  async #ask() {
    const openings = this.#openings;
    const news = await getJson(`messages/since?after=${this.#known}`);
    this.#known = Math.max(this.#known, news.last);
    this.#takeConversations(news.conversations);
    for (const message of news.messages) this.#page.showMessage(message);
    // An answer that was asked for before the stream opened may leave a gap between the two.
    if (this.#source?.readyState === EventSource.OPEN && openings === this.#openings) this.#endAsking();
  }

  #takeConversations(conversations) {
    for (const conversation of conversations) this.#page.showConversation(conversation);
    if (!conversations.every(({ id }) => this.#topics.has(`/conversations/${id}`))) this.#renew();
  }

  // Closes the stream first: should subscribing fail, the next tick sees that there is none.
  #renew() {
    this.#source?.close();
    this.#beginAsking();
    this.#subscribe().catch(() => {});
  }
}
