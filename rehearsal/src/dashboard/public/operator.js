/** Sends a request to the server and shows the result. */
export async function ask(pipeline, request, input) {
  const answer = await post(`/pipelines/${encodeURIComponent(pipeline)}/${request}`, input);
  showResult(answer.message, answer.ok);
  return answer.ok;
}

async function post(path, input) {
  try {
    const response = await fetch(path, {
      method: "POST",
      body: JSON.stringify(input),
      headers: { "Content-Type": "application/json" },
    });
    const { message } = await response.json();
    return { ok: response.ok, message };
  } catch {
    return { ok: false, message: "The rehearsal does not respond." };
  }
}

/** Milliseconds for which the result is shown. */
const STAYS = 8_000;
let timer;

function showResult(message, ok) {
  const place = document.getElementById("answer");
  clearTimeout(timer);
  place.textContent = message;
  place.dataset.tone = ok ? "ok" : "bad";
  place.hidden = false;
  timer = setTimeout(() => (place.hidden = true), STAYS);
}
