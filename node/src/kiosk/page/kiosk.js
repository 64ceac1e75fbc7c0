// The voting page: one person at a time, and nothing kept in the browser.
//
// home → faces → thanks → home
//         red → reasons → thanks → home
//
// Home is the choice of a service, or the faces where there is one service or staff has named it; the code on paper at a
// terminal that asks for it; what the ente says ("idle") while nobody touches, or while an attended page waits for staff.
// A page for invite links belongs to one person on a device of their own: it has no home to go back to, and no clock.
//
// A tap has a random id made here, or is known by its invite: however often it is sent, the agent counts it once. A red
// face is sent at once, so that it counts even if nobody names a reason, the page is closed or the power fails.

import { post, randomId, read } from "/agent.js";
import { ALPHABET, LENGTH, places, tokenIn, typed } from "/code.js";
import { button as made, byId, element, list } from "/drawing.js";
import { cancel, ignore, isEcho, lift, lower } from "/pressing.js";

const SETTLE_MS = 400;      // a screen just shown takes no touch: the second half of a double tap lands here
// Two votes closer than 5 s are a mark of somebody who votes for others. No honest one may look like that: however quick the
// next person is, the page that thanks takes no touch for so long.
const THANKS_MS = 5000;
const SORRY_MS = 7000;
const REFRESH_MS = 10000;   // how often a waiting page asks what it should show
const CLOSED_MS = 1000;     // the same while staff may open it at any moment
const NEWS_AFTER = 2;       // idle times without a touch after which a page at home shows what the ente says
const HELP_FOR = 4;         // idle times for which the questions stay open untouched: they are for reading (as the agent knows)
const HOLD_MS = 1000;       // how often touches while the reason is asked are told to the agent
const NEWS_MS = 12000;      // one message of the ente
const NEWS_CALM_MS = 24000; // the same for who asks for less motion

const ANSWERS = new Set(["kept", "good", "unproven"]);
const PASSING = new Set(["link-failed", "link-busy", "link-full", "link-unavailable"]);

const screens = ["idle", "code", "services", "faces", "reasons", "thanks", "notice"];

let booth = null;           // what the agent last said
let boothText = "";
let language = "it";
let service = null;         // code chosen by this person
let invite = null;          // { text, service } of this person, where votes need one
let code = "";              // as typed so far
let tap = null;             // what names a red tap that waits for its reason
let shown = null;
let settler = 0;
let busy = false;
let heldAt = -HOLD_MS;
let timer = 0;
let newsAt = 0;
let newsTimer = 0;
let token = null;           // of the link

const words = () => booth.languages[language];
const first = () => booth.order[0];
const isLink = () => booth?.entry === "link";

function show(screen) {
  shown = screen;
  document.body.dataset.settling = "";
  clearTimeout(settler);
  settler = setTimeout(() => delete document.body.dataset.settling, SETTLE_MS);
  for (const id of screens) byId(id).hidden = id !== screen;
  document.body.dataset.screen = screen;
  const heading = byId(screen).querySelector("h1");
  if (heading && !byId("help").open) heading.focus({ preventScroll: true });
  window.scrollTo(0, 0);
  clearInterval(newsTimer);
  if (screen === "idle") startNews();
  arm();
}

// Leaves the screen when its time is over.
function arm() {
  clearTimeout(timer);
  const after = (act, ms) => { timer = setTimeout(act, ms); };
  if (isLink()) {
    // Nobody waits behind this person; what may pass is tried again.
    if (shown === "notice" && PASSING.has(byId("notice").dataset.state)) after(retry, SORRY_MS);
  } else if (byId("help").open) after(leave, booth.idle_ms * HELP_FOR);
  else if (shown === "thanks") after(home, THANKS_MS);
  else if (shown === "notice") after(home, SORRY_MS);
  else if (shown === "idle") clearTimeout(timer);
  else if (!atHome()) after(leave, booth.idle_ms);
  else if (words().messages.length > 0) after(() => show("idle"), booth.idle_ms * NEWS_AFTER);
}

function firstScreen() {
  if (booth.entry === "code") return "code";
  return booth.service || words().services.length === 1 ? "faces" : "services";
}
const atHome = () => shown === firstScreen() && language === first() && code === "" && invite === null;

// Nobody has touched the screen for a while: the next person finds it as new.
function leave() {
  if (tap) {
    // Without an answer the agent counts it just the same, a little later.
    send({ ...tap, service, face: "red", reason: 0 });
  }
  home();
}

function home() {
  const { state } = byId("notice").dataset;
  if (shown === "notice" && booth && booth.state === state && language === first()) return arm();
  if (byId("help").open) byId("help").close();
  tap = invite = service = null;
  code = "";
  hideAlert();
  if (!booth) return notice("unavailable");
  language = first();
  const services = words().services;
  if (booth.service) service = booth.service;
  else if (services.length === 1) service = services[0].code;
  write();
  if (isLink()) return openLink();
  if (booth.state === "closed" && words().messages.length > 0) {
    if (shown !== "idle") show("idle");
    return;
  }
  if (booth.state !== "open") return notice(booth.state);
  show(firstScreen());
  refresh();
}

function notice(state) {
  byId("notice").dataset.state = state;
  // Before the first answer of the agent there are no words: the two languages side by side.
  const say = booth ? words().words : { unavailable: "Torniamo subito", "unavailable-detail": "Back in a moment" };
  byId("notice-title").textContent = say[state];
  byId("notice-detail").textContent = say[`${state}-detail`] ?? "";
  byId("retry").hidden = !PASSING.has(state);
  show("notice");
}

// Fills every text in the language of this person.
function write() {
  const { words: say, services, reasons } = words();
  document.documentElement.lang = language;
  document.title = say.title;
  byId("ente").textContent = byId("controller").textContent = booth.ente;
  byId("contact").textContent = booth.contact || say["privacy-contact-none"];
  for (const place of document.querySelectorAll("[data-word]")) place.textContent = say[place.dataset.word];
  for (const button of document.querySelectorAll("[data-label]")) button.setAttribute("aria-label", say[button.dataset.label]);
  writeLanguages(say);
  writeSigns(say);
  list("service-list", services.map(({ code, name }) => ({ service: code, text: name })));
  list("reason-list", reasons.map((text, index) => ({ reason: index + 1, text })));
  const chosen = services.find(({ code }) => code === service);
  byId("about").textContent = chosen ? chosen.name : "";
  byId("back").hidden = services.length < 2 || Boolean(booth.service) || Boolean(invite?.service);
  byId("service-hint").textContent = say[invite ? own("unproven") : "service-hint"];
  byId("wake").hidden = booth.state !== "open";
  byId("waiting").hidden = booth.state === "open";
  writeCode();
  writeNews();
}

function writeLanguages(say) {
  byId("languages").setAttribute("aria-label", say.languages);
  const buttons = booth.order.map((each) => {
    const button = made("quiet", booth.languages[each].words.language);
    button.lang = each;
    button.setAttribute("aria-pressed", String(each === language));
    return button;
  });
  byId("languages").replaceChildren(...buttons);
}

// Small, for who knows them; said in words to screen readers.
function writeSigns(say) {
  const signs = booth.signs.map((sign) => {
    const mark = element("span", `sign ${sign}`);
    mark.title = say[`sign-${sign}`];
    mark.append(element("span", "unseen", say[`sign-${sign}`]));
    return mark;
  });
  byId("signs").replaceChildren(...signs);
}

// What the ente says takes turns, one message at a time.
function startNews() {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  newsTimer = setInterval(() => {
    newsAt += 1;
    writeNews();
  }, calm ? NEWS_CALM_MS : NEWS_MS);
}

function writeNews() {
  const { messages } = words();
  if (messages.length === 0) return;
  newsAt %= messages.length;
  const place = byId("idle").querySelector(".news");
  byId("said").textContent = messages[newsAt].said;
  byId("done").textContent = messages[newsAt].done;
  byId("dots").replaceChildren(...messages.map((_, at) => element("span", at === newsAt ? "dot now" : "dot")));
  // The same element inserted anew plays its arrival again, where motion is welcome.
  place.replaceWith(place);
}

function writeCode() {
  const groups = places(code).map((group) => {
    const shownGroup = element("span", "group");
    shownGroup.append(...group.map((character) => element("span", character ? "slot" : "slot empty", character)));
    return shownGroup;
  });
  byId("slots").replaceChildren(element("span", "unseen", `${words().words["code-entered"]}: ${[...code].join(" ")}`), ...groups);
  for (const group of groups) group.setAttribute("aria-hidden", "true");
  byId("code-done").disabled = code.length < LENGTH;
}

// One touch, one key, one click of an assistive device: all come through here, once.
function press(button) {
  if (busy || !booth || "settling" in document.body.dataset) return;
  if (button.lang) return speak(button.lang);
  const act = {
    back: home,
    wake: home,
    "help-open": openHelp,
    "help-close": () => byId("help").close(),
    "code-clear": () => edit(""),
    "code-delete": () => edit(code.slice(0, -1)),
    "code-done": enter,
    retry,
  }[button.id];
  if (act) return act();
  if (button.dataset.key) return edit(typed(code, button.dataset.key));
  if (button.dataset.service) return choose(button.dataset.service);
  if (button.dataset.face) return vote(button.dataset.face);
  if (button.dataset.reason) return explain(Number(button.dataset.reason));
}

function speak(code) {
  const byKeyboard = byId("languages").contains(document.activeElement);
  language = code;
  write();
  if (byKeyboard) byId("languages").querySelector(`[lang="${code}"]`).focus({ preventScroll: true });
  hideAlert();
  if (shown === "thanks") writeThanks();
  if (shown === "notice") notice(byId("notice").dataset.state);
  arm();
}

function openHelp() {
  byId("help").showModal();
  byId("help").querySelector(".sheet").scrollTop = 0;
  arm();
}

function choose(code) {
  service = code;
  write();
  show("faces");
}

function edit(next) {
  code = next;
  hideAlert();
  writeCode();
  arm();
}

function hideAlert() {
  byId("code-alert").hidden = true;
  byId("code-hint").hidden = false;
}

// Says on the keypad what is wrong with the code.
function alertCode(state) {
  const say = words().words;
  const alert = byId("code-alert");
  alert.querySelector("strong").textContent = say[state];
  alert.querySelector("span").textContent = say[`${state}-detail`];
  alert.hidden = false;
  alert.scrollIntoView({ block: "nearest" });
  byId("code-hint").hidden = true;
  arm();
}

async function enter() {
  if (code.length < LENGTH) return alertCode("code-wrong");
  const text = code;
  const answer = await once(() => ask("/api/invites", { invite: text }));
  if (answer.state !== "code-busy") code = "";
  writeCode();
  if (!accepts(text, answer)) {
    const known = answer.state.startsWith("code-");
    return known ? alertCode(answer.state) : notice(answer.state);
  }
}

// Whether the invite gives a vote, as far as is known; then this person goes on to the faces, or to the services.
function accepts(text, answer) {
  if (answer.state !== "good" && answer.state !== "unproven") return false;
  invite = { text, service: answer.service ?? null };
  if (answer.service) service = answer.service;
  write();
  show(service ? "faces" : "services");
  return true;
}

// The link of an invite: read once, then gone from the address bar and the history.
function takeToken() {
  token = tokenIn(location.hash) ?? (location.hash.length > 1 ? "" : null);
  if (location.hash) history.replaceState(null, "", location.pathname);
}

async function openLink() {
  if (booth.state !== "open") return notice(linkState(booth.state));
  if (token === null) return notice("link-missing");
  if (token === "") return notice("link-wrong");
  notice("link-checking");
  // Who has chosen a service and could not vote asks about that one: so no page asks again for a face in vain.
  const answer = await once(() => ask("/api/invites", { invite: token, service }));
  if (!accepts(token, answer)) notice(linkState(answer.state));
}

// Who was choosing a face when the network failed chooses again: should the vote have arrived, it is the same one.
function retry() {
  if (invite && byId("notice").dataset.state === "link-failed") return show("faces");
  return openLink();
}

// Who has opened a link knows of no code.
const own = (what) => `${isLink() ? "link" : "code"}-${what}`;
function linkState(state) {
  const link = `link-${state.replace("code-", "")}`;
  if (state === "code-unknown") return "link-wrong";
  return link in words().words ? link : state;
}

// Where staff has opened the page for the next person meanwhile, it goes on to theirs.
function refuse(state) {
  notice(isLink() ? linkState(state) : state);
  if (state === "closed") return refresh();
}

async function vote(face) {
  const id = invite ? { invite: invite.text } : { tap: randomId() };
  const asks = face === "red" && words().reasons.length > 0;
  const body = { ...id, service, face };
  if (face === "red" && !asks) body.reason = 0;
  const answer = await once(() => send(body));
  if (answer.state !== "kept") return refuse(answer.state);
  if (invite) invite.provisional = answer.provisional;
  if (!asks) return thank();
  tap = id;
  show("reasons");
}

// Who touches the page is still there: the agent waits on for the reason.
function hold() {
  const now = performance.now();
  if (!tap || now - heldAt < HOLD_MS) return;
  heldAt = now;
  send({ ...tap, service, face: "red" });
}

async function explain(reason) {
  const id = tap;
  tap = null;
  // The red face is already safe with the agent: whatever becomes of the reason, the vote counts.
  await once(() => send({ ...id, service, face: "red", reason }));
  thank();
}

function thank() {
  writeThanks();
  show("thanks");
}

function writeThanks() {
  const say = words().words;
  const provisional = isLink() ? "link-provisional" : "thanks-provisional";
  const detail = say[invite?.provisional ? provisional : "thanks-detail"];
  byId("thanks-detail").textContent = isLink() ? `${detail} ${say["thanks-link"]}` : detail;
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
const send = (body) => ask("/api/taps", body);

// The agent's answer; a state that this page has no words for is a failure.
async function ask(path, body) {
  const answer = await post(path, body);
  return ANSWERS.has(answer.state) || answer.state in words().words ? answer : { state: "failed" };
}

// Asks what to show. A page in use is not disturbed; a newer agent brings a newer page.
async function refresh() {
  const text = await read("/api/booth");
  if (text === null || text === boothText || busy) return;
  const { state } = byId("notice").dataset;
  const resting = shown === "idle" || (shown === "notice" && !state.endsWith("failed"));
  // Whoever reads the questions meanwhile is not the person for whom staff opens the page.
  const reading = byId("help").open && booth?.state !== "closed";
  const calm = !booth || ((atHome() || resting) && !reading && !(isLink() && !PASSING.has(state)));
  if (!calm) return;
  const next = JSON.parse(text);
  if (booth && booth.version !== next.version) return location.reload();
  // What staff should see changes nothing for who is before the page; the ente's words take turns as before.
  const same = booth && shown === "idle" && booth.state === next.state;
  boothText = text;
  booth = next;
  if (same) write();
  else home();
}

// While the ente speaks, any touch and any key leads on, and does nothing else.
function wake() {
  if (shown !== "idle" || booth.state !== "open" || byId("help").open) return false;
  home();
  return true;
}

document.addEventListener("pointerdown", (event) => {
  const button = event.target.closest?.("button");
  if (!button?.lang && button?.id !== "help-open" && wake()) return ignore(event);
  lower(event, button);
  touched();
});
document.addEventListener("pointerup", (event) => {
  const button = lift(event);
  if (button) press(button);
});
document.addEventListener("pointercancel", cancel);
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  if (button && !isEcho(event, button)) press(button);
});
document.addEventListener("keydown", (event) => {
  const moves = ["Tab", "Shift"].includes(event.key);
  const presses = ["Enter", " "].includes(event.key) && document.activeElement?.tagName === "BUTTON";
  if (!moves && !presses && wake()) return;
  if (shown === "code" && booth && !byId("help").open) key(event);
  touched();
});
// A finger leaves the focus where the keyboard, or a scanner, has it.
document.addEventListener("mousedown", (event) => {
  if (event.target.closest?.("button")) event.preventDefault();
});
document.addEventListener("contextmenu", (event) => event.preventDefault());
document.addEventListener("dragstart", (event) => event.preventDefault());
byId("help").addEventListener("close", () => booth && arm());
byId("help").addEventListener("scroll", touched, true);
addEventListener("hashchange", () => {
  takeToken();
  if (isLink()) home();
});

// A keyboard, or a scanner that is one.
function key(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || busy) return;
  if (event.key === "Backspace") edit(code.slice(0, -1));
  else if (event.key === "Enter" && document.activeElement?.tagName !== "BUTTON") enter();
  else edit(typed(code, event.key));
}

function touched() {
  hold();
  if (booth && shown !== "thanks" && shown !== "notice") arm();
}

byId("keypad").replaceChildren(...[...ALPHABET].map((character) => {
  const button = made("key", character);
  button.dataset.key = character;
  return button;
}));
takeToken();
home();
refresh();
let refreshedAt = performance.now();
setInterval(() => {
  const waiting = shown === "notice" || booth?.attended;
  const due = performance.now() - refreshedAt >= (waiting ? CLOSED_MS : REFRESH_MS);
  if (!due || (booth && !atHome() && shown !== "idle" && !waiting)) return;
  refreshedAt = performance.now();
  refresh();
}, CLOSED_MS / 2);
