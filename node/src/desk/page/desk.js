// The staff page. A press makes 16 random bytes, its act: however often it is sent, the node counts it once.

const REFRESH_MS = 3000;      // between two looks at how desk, node and terminal are
const SETTLE_MS = 900;        // after a press the buttons rest: the second half of a double click lands here
const SAME_ACT_MS = 50000;    // for so long what got no answer can be tried again; the node knows it for a minute
const TICK_MS = 250;
const USERS_MAX = 100000;     // of one service on one day

const byId = (id) => document.getElementById(id);
let words = null;
let language = "it";
let counter = null;           // what the node last said of this desk
let reached = true;           // whether the node answered the last time
let day = null;               // shown in the table; null = today
let served = null;
let last = null;              // service pressed last
let resting = false;
let outcome = null;           // what is shown below the buttons
let ticker = 0;

// A clock that goes on through a reload of the page.
const clock = () => performance.timeOrigin + performance.now();
const KEPT = "outcome";       // what is shown, for a reload; gone with the tab

const say = (key, values = {}) =>
  Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), words[language][key]);
const named = (name) => name[language] ?? name.it ?? Object.values(name)[0] ?? "";
const LOCALES = { it: "it-IT", en: "en-GB" };
const date = (iso, style) => new Intl.DateTimeFormat(LOCALES[language], { timeZone: "UTC", ...style }).format(new Date(`${iso}T00:00:00Z`));

async function ask(path, method = "GET") {
  let answer;
  try {
    answer = await fetch(path, { method, headers: method === "POST" ? { "X-Faccina": "page" } : {} });
  } catch {
    throw { trouble: "program" };
  }
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return told;
  throw { trouble: "refused", ...told };
}

function write() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = say(element.dataset.word);
  document.title = say("title");
  const other = language === "it" ? "en" : "it";
  byId("language").textContent = words[other].language;
  byId("language").lang = other;
  writeCounter();
  writeServed();
  writeOutcome();
}

function writeCounter() {
  const node = byId("node");
  node.classList.toggle("bad", !reached);
  node.textContent = say(reached ? "up" : "node-away");
  if (!counter) return;
  byId("ente").textContent = counter.ente;
  byId("name").textContent = counter.name;
  const terminal = byId("terminal");
  terminal.hidden = !counter.opens || !reached;
  terminal.classList.toggle("bad", !counter.connected);
  terminal.textContent = say(counter.connected ? "terminal-up" : "terminal-away");
  byId("hint").textContent = say(counter.services.length === 1 ? "hint-one" : "hint-many");
  const warnings = byId("warnings");
  warnings.hidden = counter.warnings.length === 0 || !reached;
  warnings.replaceChildren(...counter.warnings.map((it) => {
    const item = document.createElement("li");
    item.textContent = it[language];
    return item;
  }));
  const services = byId("services");
  const wanted = JSON.stringify([language, counter.services]);
  if (services.dataset.shown === wanted) return;
  services.dataset.shown = wanted;
  services.classList.toggle("one", counter.services.length === 1);
  services.replaceChildren(...counter.services.map(button));
}

function button(service, place) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "service";
  made.dataset.service = service.code;
  const title = document.createElement("span");
  title.textContent = say("title");
  const name = document.createElement("b");
  name.textContent = named(service.name);
  made.append(title, name);
  if (counter.services.length > 1 && place < 9) {
    const key = document.createElement("kbd");
    key.textContent = place + 1;
    made.append(key);
    made.setAttribute("aria-keyshortcuts", String(place + 1));
  }
  made.addEventListener("click", () => press(service.code));
  return made;
}

// ---- One press

// `tried` is a press that got no answer, sent again; any other press is for the next person.
async function press(service, tried = { act: act(), retryUntil: clock() + SAME_ACT_MS }) {
  if (resting || !counter) return;
  resting = true;
  last = service;
  const { act: id, retryUntil } = tried;
  mark(service, true);
  tell({ kind: "pressing" });
  const settled = new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  try {
    const told = await ask(`/api/conclude?service=${encodeURIComponent(service)}&act=${id}`, "POST");
    const now = clock();
    tell({ kind: told.right, ...told, undoUntil: now + told.undo_s * 1000, openUntil: now + (told.for_s ?? 0) * 1000, busyUntil: now + (told.after_s ?? 0) * 1000 });
    refresh();
  } catch (trouble) {
    reached = answered(trouble);
    const again = reached ? {} : { act: id, service, retryUntil };
    tell({ kind: `trouble-${trouble.trouble}`, told: trouble, ...again });
    writeCounter();
  }
  await settled;
  mark(service, false);
  resting = false;
}

const act = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
const answered = ({ trouble }) => trouble !== "away" && trouble !== "program";
const mark = (service, pressed) => document.querySelector(`[data-service="${CSS.escape(service)}"]`)?.classList.toggle("pressed", pressed);

async function undo() {
  if (!outcome?.act) return;
  const { act: id, retryUntil = clock() + SAME_ACT_MS } = outcome;
  const undoing = { kind: "undoing" };
  tell(undoing);
  let next = { kind: "undone" };
  try {
    await ask(`/api/undo?act=${id}`, "POST");
  } catch (trouble) {
    next = answered(trouble) ? { kind: `trouble-${trouble.trouble}`, told: trouble } : { kind: "undo-away", act: id, retryUntil };
  }
  // Whoever was served meanwhile has the place: their invite must not vanish behind this answer.
  if (outcome === undoing) tell(next);
  refresh();
}

function tell(next) {
  outcome = next;
  if (["pressing", "undoing"].includes(next?.kind)) sessionStorage.removeItem(KEPT);
  else sessionStorage.setItem(KEPT, JSON.stringify(next));
  clearInterval(ticker);
  if (outcome?.undoUntil || outcome?.retryUntil) ticker = setInterval(tick, TICK_MS);
  writeOutcome();
  if (outcome) byId("outcome").scrollIntoView({ block: "nearest" });
}

const seconds = (until) => Math.max(0, Math.ceil((until - clock()) / 1000));

function tick() {
  const { kind, undoUntil, openUntil, busyUntil, retryUntil } = outcome;
  if (retryUntil) {
    const over = seconds(retryUntil) === 0;
    byId("retry").hidden = over;
    if (over) {
      byId("outcome-detail").textContent = say("retry-over");
      byId("done").hidden = false;
      clearInterval(ticker);
    }
    return;
  }
  const left = seconds(undoUntil);
  byId("undo").hidden = left === 0;
  byId("undo").textContent = say("undo", { s: left });
  if (kind === "opened") {
    const open = seconds(openUntil);
    byId("opening").value = open;
    byId("opening").hidden = open === 0;
    const busy = seconds(busyUntil);
    const detail = busy ? say("opened-after", { s: busy }) : say("opened-detail", { s: open });
    byId("outcome-detail").textContent = open ? detail : say("opened-over");
    byId("outcome").classList.toggle("still", open === 0);
  }
  if (left === 0 && seconds(openUntil) === 0) clearInterval(ticker);
}

function writeOutcome() {
  const box = byId("outcome");
  document.body.dataset.outcome = outcome?.kind ?? "";
  box.hidden = !outcome;
  if (!outcome) return;
  const { kind, told } = outcome;
  const trouble = kind.startsWith("trouble-") || kind === "undo-away";
  const more = {
    unreachable: "unreachable-detail",
    "undo-away": "undo-away-detail",
    "trouble-away": "trouble-away-detail",
    "trouble-program": "trouble-program-detail",
    "trouble-removed": "trouble-removed-detail",
  };
  box.classList.toggle("bad", trouble || kind === "unreachable");
  box.classList.toggle("still", ["undone", "undoing", "pressing"].includes(kind));
  byId("outcome-title").textContent = say(kind);
  byId("outcome-detail").textContent = kind === "trouble-refused" ? why(told) : more[kind] ? say(more[kind]) : "";
  byId("opening").hidden = kind !== "opened";
  byId("invite").hidden = kind !== "invited";
  if (kind === "invited") writeInvite();
  byId("undo").hidden = !outcome.undoUntil;
  byId("retry").hidden = !outcome.retryUntil;
  byId("print").hidden = kind !== "invited";
  byId("pair-again").hidden = kind !== "trouble-removed";
  byId("done").hidden = !["invited", "undone", "unreachable", "trouble-refused"].includes(kind);
  if (outcome.undoUntil || outcome.retryUntil) tick();
}

// What the node says to staff; what it says to whoever mends it stands in the log.
const why = (told) => told?.[language] ?? say("trouble-refused-detail");

function writeInvite() {
  const { code, link, qr, last_day: until } = outcome;
  byId("code").textContent = code;
  byId("until").textContent = say("invited-until", { day: date(until, { day: "numeric", month: "long", year: "numeric" }) });
  byId("link-form").hidden = !qr;
  byId("invite").classList.toggle("alone", !qr);
  if (!qr) return;
  const drawing = byId("qr");
  drawing.setAttribute("viewBox", `0 0 ${qr.side} ${qr.side}`);
  drawing.setAttribute("aria-label", link);
  drawing.firstElementChild.setAttribute("d", qr.path);
}

// ---- Users served

function writeServed() {
  if (!served || !counter) return;
  const field = byId("day");
  field.max = counter.today;
  if (document.activeElement !== field) field.value = served.day;
  byId("day-words").textContent = date(served.day, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const rows = byId("rows");
  if (!rows.contains(document.activeElement)) rows.replaceChildren(...served.rows.map(row));
  const days = served.missing;
  byId("missing-title").textContent = say(days.length ? "served-missing" : "served-complete");
  byId("missing-days").replaceChildren(...days.map((iso) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = date(iso, { day: "numeric" });
    made.setAttribute("aria-label", date(iso, { weekday: "long", day: "numeric", month: "long" }));
    made.addEventListener("click", () => showDay(iso));
    return made;
  }));
}

function row({ service, counted, entered }) {
  const known = counter.services.find((it) => it.code === service);
  const made = document.createElement("tr");
  const name = document.createElement("th");
  name.scope = "row";
  name.id = `row-${service}`;
  name.textContent = known ? named(known.name) : service;
  const number = document.createElement("td");
  number.className = entered === null ? "number" : "number replaced";
  // A day on which nothing was counted has no number, and that is not 0.
  number.textContent = counted || "–";
  const cell = document.createElement("td");
  cell.className = "number";
  const field = document.createElement("input");
  field.inputMode = "numeric";
  field.maxLength = 6;
  field.value = entered ?? "";
  field.setAttribute("aria-labelledby", `row-${service} entered-title`);
  field.addEventListener("change", () => enter(service, field.value.trim()));
  field.addEventListener("keydown", (event) => { if (event.key === "Enter") field.blur(); });
  cell.append(field);
  made.append(name, number, cell);
  return made;
}

async function enter(service, text) {
  if (!/^\d{0,6}$/.test(text) || Number(text) > USERS_MAX) return keep(() => { throw { key: "served-wrong" }; });
  const users = text === "" ? "" : `&users=${encodeURIComponent(text)}`;
  await keep(() => ask(`/api/served?day=${served.day}&service=${encodeURIComponent(service)}${users}`, "POST"));
}

// Shows what `act` gives, or why it gave nothing.
async function keep(act) {
  const trouble = byId("served-trouble");
  try {
    served = await act();
    trouble.hidden = true;
  } catch (error) {
    trouble.hidden = false;
    const key = error.key ?? `trouble-${error.trouble}`;
    trouble.textContent = key === "trouble-refused" ? `${say(key)} ${why(error)}` : say(key);
  }
  writeServed();
}

async function showDay(iso) {
  day = iso === counter.today ? null : iso;
  await keep(() => ask(`/api/served?day=${iso}`));
}

byId("day").addEventListener("change", () => { if (byId("day").value) showDay(byId("day").value); });
byId("closed").addEventListener("click", async () => {
  for (const { service, counted, entered } of served.rows) {
    if (!counted && entered === null) await enter(service, "0");
  }
});

// ---- The rest

async function refresh() {
  try {
    counter = await ask("/api/counter");
    reached = true;
    if (!day) served = counter.served;
    if (outcome?.kind === "trouble-removed") tell(null);
  } catch (trouble) {
    reached = false;
    if (trouble.trouble === "removed" && outcome?.kind !== "trouble-removed") tell({ kind: "trouble-removed" });
  }
  writeCounter();
  if (!day) writeServed();
}

function openPoster() {
  const url = byId("poster-url").value.trim();
  byId("poster").href = url ? `/poster?url=${encodeURIComponent(url)}` : "/poster";
}

byId("poster-url").addEventListener("input", openPoster);
byId("undo").addEventListener("click", undo);
byId("retry").addEventListener("click", () => (outcome.kind === "undo-away" ? undo() : press(outcome.service, outcome)));
byId("done").addEventListener("click", () => tell(null));
byId("print").addEventListener("click", () => window.print());
byId("pair-again").addEventListener("click", async () => {
  await ask("/api/unpair", "POST").catch(() => null);
  setTimeout(() => location.reload(), REFRESH_MS / 2);
});
byId("language").addEventListener("click", () => {
  language = language === "it" ? "en" : "it";
  write();
});

// Digits press a service, Space and Enter the last one; a key held down presses once.
document.addEventListener("keydown", (event) => {
  if (event.repeat) {
    // The browser would click the button again and again.
    if (event.target.closest("button")) event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.altKey || event.metaKey || !counter) return;
  const elsewhere = event.target.closest("button, input, a, summary, select");
  if (event.target.closest("input")) return;
  if (/^[1-9]$/.test(event.key)) {
    const service = counter.services[Number(event.key) - 1];
    if (service) press(service.code);
  } else if (event.key === "Escape" && outcome?.undoUntil && seconds(outcome.undoUntil) > 0) {
    undo();
  } else if ((event.key === " " || event.key === "Enter") && !elsewhere) {
    const only = counter.services.length === 1 ? counter.services[0].code : null;
    const service = last ?? only;
    if (!service) return;
    event.preventDefault();
    press(service);
  }
});

words = await ask("/api/words");
write();
document.body.hidden = false;
await refresh();
const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
if (kept && !outcome) tell(kept);
document.body.dataset.screen = "desk";
setInterval(refresh, REFRESH_MS);
