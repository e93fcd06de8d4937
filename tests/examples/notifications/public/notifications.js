// Watches the hub with one EventSource, and hands each update on as a DOM event, "hub:new_message" for one of
// type new_message: the parts of a page listen to the document and need to know nothing of the hub.

// Untyped updates are of type "message".
export const types = ["chat", "read_message", "notification", "new_message", "message"];
const renewAfter = 5000;

function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(`hub:${name}`, { detail }));
}

export function watch(url) {
  // With credentials: the browser sends the cookie, though the hub is on another subdomain.
  const source = new EventSource(url, { withCredentials: true });
  const handOn = (event) => tell(event.type, JSON.parse(event.data));
  for (const type of types) {
    if (type !== "message") source.addEventListener(type, handOn);
  }
  source.onmessage = handOn;

  source.onopen = () => tell("state", "live");
  // After a cut the browser comes back by itself, with the cookie of that moment. When it is refused, because
  // the token has ended by then, it gives up: that is for the page to mend.
  source.onerror = () => {
    tell("state", "waiting");
    if (source.readyState === EventSource.CLOSED) setTimeout(renew, renewAfter, url);
  };
}

async function renew(url) {
  try {
    await fetch("renew.php", { method: "POST" });
  } catch {
    // The site is away too; whatever comes of it, the next attempt is as good.
  }
  watch(url);
}
