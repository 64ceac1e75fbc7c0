// The way to the agent, which serves this page and nothing else is asked.

const TRIES = 3;
const TRY_MS = 3000;
const PAUSE_MS = 700;       // before the second try, and twice as long before the third: a short failure passes

// Its answer as JSON, with a state; "failed" when there is none. What is sent again counts once.
export async function post(path, body) {
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (tries > 0) await new Promise((done) => { setTimeout(done, PAUSE_MS * tries); });
    try {
      const answer = await fetch(path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TRY_MS),
      });
      return await answer.json();
    } catch {
      // It is not answering, or not in JSON.
    }
  }
  return { state: "failed" };
}

// A text, or null when there is none.
export async function read(path) {
  try {
    const answer = await fetch(path, { signal: AbortSignal.timeout(TRY_MS) });
    return answer.ok ? await answer.text() : null;
  } catch {
    return null;
  }
}

export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
