// Which touches and clicks press a button, each once.
//
// A finger or a mouse presses where it is lifted from the button that it came down on. Its click, which may come late, is an
// echo. Keys and assistive devices click without a pointer; screen readers on telephones with one that has no size or no
// force, and may be elsewhere (WebKit bugs 222627 and 223202): theirs is the click alone.

const POINTERS_MAX = 16;    // known until their click; of most that slide away there is none
const ECHO_MS = 1000;       // older browsers do not say whose a click is: so soon it belongs to the last that was here

const pointers = new Map(); // pointer id → { button, answered, at }
let last = null;

const isReader = ({ width, height, pressure, pointerType }) =>
  (width === 0 && height === 0) || (pointerType === "mouse" && width === 1 && height === 1 && pressure === 0);

// A pointer comes down on this button, or on none.
export function lower(event, button) {
  last = null;
  pointers.delete(event.pointerId);
  if (button && !isReader(event)) keep(event, button, false);
}

// Neither what this pointer does next nor its click presses anything.
export function ignore(event) {
  pointers.get(event.pointerId)?.button?.classList.remove("pressed");
  pointers.delete(event.pointerId);
  keep(event, null, true);
}

// The browser has taken this pointer for something else.
export function cancel(event) {
  if (pointers.has(event.pointerId)) ignore(event);
}

function keep(event, button, answered) {
  if (pointers.size >= POINTERS_MAX) {
    const [oldest, { button: left }] = pointers.entries().next().value;
    left?.classList.remove("pressed");
    pointers.delete(oldest);
  }
  last = { button, answered, at: event.timeStamp };
  pointers.set(event.pointerId, last);
  button?.classList.add("pressed");
}

// The button that the lifted pointer presses, or null.
export function lift(event) {
  const pointer = pointers.get(event.pointerId);
  if (!pointer) return null;
  pointer.at = event.timeStamp;
  if (pointer.answered) return null;
  const { button } = pointer;
  button.classList.remove("pressed");
  const under = document.elementFromPoint(event.clientX, event.clientY)?.closest("button");
  pointer.answered = button === under && !button.disabled;
  return pointer.answered ? button : null;
}

// Whether this click on a button is only the echo of a pointer, which has pressed, was taken away, or came down elsewhere.
export function isEcho(event, button) {
  const pointer = event.pointerId === undefined ? lately(event) : pointers.get(event.pointerId);
  if (!pointer) return false;
  pointers.delete(event.pointerId);
  if (pointer === last) last = null;
  return pointer.answered || pointer.button !== button;
}

// Whose the click may be where the browser does not say. A key's counts nothing.
const lately = ({ detail, timeStamp }) => (detail > 0 && last && timeStamp - last.at < ECHO_MS ? last : null);
