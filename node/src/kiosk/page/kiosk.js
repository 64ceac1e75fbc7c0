// The kiosk page: one person at a time, and nothing kept in the browser.
//
// home (services, or faces when there is one service) → faces → thanks → home
//                                                        red → reasons → thanks → home
//
// A tap has a random id made here: however often it is sent, the agent counts it once. A red face is sent at
// once, so that it counts even if nobody names a reason, the page is closed or the power fails.

const SETTLE_MS = 400;      // a screen just shown takes no touch: the second half of a double tap lands here
const CLICK_ECHO_MS = 700;  // a click that follows its own pointerup
const THANKS_MS = 4000;
const SORRY_MS = 7000;
const REFRESH_MS = 10000;   // how often a waiting page asks what it should show
const CLOSED_MS = 1000;     // the same while staff may open it at any moment
const SEND_TRIES = 3;
const SEND_TRY_MS = 3000;

const byId = (id) => document.getElementById(id);
const screens = ["services", "faces", "reasons", "thanks", "notice"];

let booth = null;           // what the agent last said
let boothText = "";
let language = "it";
let service = null;         // code chosen by this person
let tap = null;             // id of a red tap that waits for its reason
let shown = null;
let settler = 0;
let busy = false;
let lastUpAt = -CLICK_ECHO_MS;
let timer = 0;
const down = new Map();     // pointer id → button pressed

const words = () => booth.languages[language];

function show(screen) {
  shown = screen;
  document.body.dataset.settling = "";
  clearTimeout(settler);
  settler = setTimeout(() => delete document.body.dataset.settling, SETTLE_MS);
  for (const id of screens) byId(id).hidden = id !== screen;
  document.body.dataset.screen = screen;
  const heading = byId(screen).querySelector("h1");
  if (heading) heading.focus({ preventScroll: true });
  arm();
}

// Leaves the screen when its time is over.
function arm() {
  clearTimeout(timer);
  if (shown === "thanks") timer = setTimeout(home, THANKS_MS);
  else if (shown === "notice") timer = setTimeout(home, SORRY_MS);
  else if (!atHome()) timer = setTimeout(leave, booth.idle_ms);
}

const firstScreen = () => (booth.languages[booth.first].services.length > 1 ? "services" : "faces");
const atHome = () => shown === firstScreen() && language === booth.first;

// Nobody has touched the screen for a while: the next person finds it as new.
function leave() {
  if (tap) {
    // Without an answer the agent counts it just the same, a little later.
    send({ tap, service, face: "red", reason: 0 });
  }
  home();
}

function home() {
  const { state } = byId("notice").dataset;
  if (shown === "notice" && booth && booth.state === state && language === booth.first) return arm();
  tap = null;
  service = null;
  if (!booth) return notice("unavailable");
  language = booth.first;
  const services = words().services;
  if (services.length === 1) service = services[0].code;
  write();
  if (booth.state !== "open") return notice(booth.state);
  show(firstScreen());
  refresh();
}

function notice(state) {
  byId("notice").dataset.state = state;
  // Before the first answer of the agent there are no words: the two languages side by side.
  const say = booth ? words().words : { unavailable: "Torniamo subito", "unavailable-detail": "Back in a moment" };
  byId("notice-title").textContent = say[state];
  byId("notice-detail").textContent = say[`${state}-detail`];
  show("notice");
}

// Fills every text in the language of this person.
function write() {
  const { words: say, services, reasons } = words();
  const other = Object.keys(booth.languages).find((code) => code !== language);
  document.documentElement.lang = language;
  document.title = say.title;
  byId("ente").textContent = booth.ente;
  for (const place of document.querySelectorAll("[data-word]")) place.textContent = say[place.dataset.word];
  const button = byId("language");
  button.hidden = !other;
  if (other) {
    button.lang = other;
    button.querySelector("span").textContent = booth.languages[other].words.language;
  }
  list("service-list", services.map(({ code, name }) => ({ service: code, text: name })));
  list("reason-list", reasons.map((text, index) => ({ reason: index + 1, text })));
  const chosen = services.find(({ code }) => code === service);
  byId("about").textContent = chosen ? chosen.name : "";
  byId("back").hidden = services.length < 2;
}

function list(id, rows) {
  const buttons = rows.map(({ text, ...data }) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "choice";
    Object.assign(button.dataset, data);
    const label = document.createElement("span");
    label.textContent = text;
    button.append(label);
    return button;
  });
  byId(id).classList.toggle("many", rows.length > 6);
  byId(id).classList.toggle("crowd", rows.length > 12);
  byId(id).replaceChildren(...buttons);
}

// One touch, one key, one click of an assistive device: all come through here, once.
function press(button) {
  if (busy || !booth || "settling" in document.body.dataset) return;
  if (button.id === "language") return speak(button.lang);
  if (button.id === "back") return home();
  if (button.dataset.service) return choose(button.dataset.service);
  if (button.dataset.face) return vote(button.dataset.face);
  if (button.dataset.reason) return explain(Number(button.dataset.reason));
}

function speak(code) {
  language = code;
  write();
  if (shown === "notice") notice(byId("notice").dataset.state);
  arm();
}

function choose(code) {
  service = code;
  write();
  show("faces");
}

async function vote(face) {
  const id = randomId();
  const asks = face === "red" && words().reasons.length > 0;
  const body = { tap: id, service, face };
  if (face === "red" && !asks) body.reason = 0;
  const outcome = await once(() => send(body));
  if (outcome !== "kept") return notice(outcome);
  if (!asks) return show("thanks");
  tap = id;
  show("reasons");
}

async function explain(reason) {
  const id = tap;
  tap = null;
  // The red face is already safe with the agent: whatever becomes of the reason, the vote counts.
  await once(() => send({ tap: id, service, face: "red", reason }));
  show("thanks");
}

async function once(act) {
  busy = true;
  clearTimeout(timer);
  try {
    return await act();
  } finally {
    busy = false;
  }
}

// "kept" once it is on the terminal's disk, else the notice to show.
async function send(body) {
  for (let tries = 0; tries < SEND_TRIES; tries += 1) {
    try {
      const answer = await fetch("/api/taps", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(SEND_TRY_MS),
      });
      if (answer.ok) return "kept";
      const { state } = await answer.json();
      return state in words().words ? state : "failed";
    } catch {
      // The agent is not answering: the same tap is sent again, and counts once.
    }
  }
  return "failed";
}

function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Asks what to show. A page in use is not disturbed; a newer agent brings a newer page.
async function refresh() {
  let text;
  try {
    const answer = await fetch("/api/booth", { signal: AbortSignal.timeout(SEND_TRY_MS) });
    if (!answer.ok) return;
    text = await answer.text();
  } catch {
    return;
  }
  if (text === boothText || busy) return;
  const calm = !booth || atHome() || (shown === "notice" && byId("notice").dataset.state !== "failed");
  if (!calm) return;
  const next = JSON.parse(text);
  if (booth && booth.version !== next.version) return location.reload();
  boothText = text;
  booth = next;
  home();
}

document.addEventListener("pointerdown", (event) => {
  const button = event.target.closest?.("button");
  if (button) {
    down.set(event.pointerId, button);
    button.classList.add("pressed");
  }
  if (booth && shown !== "thanks" && shown !== "notice") arm();
});
document.addEventListener("pointerup", (event) => {
  const button = release(event);
  const under = document.elementFromPoint(event.clientX, event.clientY)?.closest("button");
  if (!button || button !== under) return;
  lastUpAt = event.timeStamp;
  press(button);
});
document.addEventListener("pointercancel", release);
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  if (button && event.timeStamp - lastUpAt > CLICK_ECHO_MS) press(button);
});
document.addEventListener("keydown", () => {
  if (booth && shown !== "thanks" && shown !== "notice") arm();
});
document.addEventListener("contextmenu", (event) => event.preventDefault());
document.addEventListener("dragstart", (event) => event.preventDefault());

function release(event) {
  const button = down.get(event.pointerId);
  down.delete(event.pointerId);
  button?.classList.remove("pressed");
  return button;
}

home();
refresh();
let refreshedAt = performance.now();
setInterval(() => {
  const waiting = shown === "notice";
  const due = performance.now() - refreshedAt >= (waiting ? CLOSED_MS : REFRESH_MS);
  if (!due || (booth && !atHome() && !waiting)) return;
  refreshedAt = performance.now();
  refresh();
}, CLOSED_MS / 2);
