// The page's requests to its own server.

const patience = 5000;

async function request(path, options) {
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

/** Fails when no answer comes, so that it can be asked for again. */
export const getJson = (path) => request(path, { signal: AbortSignal.timeout(patience) });

export const postForm = (form) =>
  request(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
