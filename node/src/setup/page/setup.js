// The page that pairs a device. What a scanner types ends with Enter, which sends the form.

const LOOK_MS = 400;        // between two looks whether the real page is there
const CODE_CHARACTERS = 16;

const byId = (id) => document.getElementById(id);
let setup = null;
let language = "it";
let progress = null;        // word shown below the form
let trouble = null;
let busy = false;

const word = (key) => setup.words[language][key];

function write() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  byId("title").textContent = word(`title-${setup.device}`);
  document.title = word(`title-${setup.device}`);
  byId("ask").textContent = word(`ask-${setup.device}`);
  const other = language === "it" ? "en" : "it";
  byId("language").textContent = setup.words[other].language;
  byId("language").lang = other;
  byId("progress").textContent = progress ? word(progress) : "";
  byId("trouble").hidden = !trouble;
  byId("trouble").textContent = trouble ? [word(`trouble-${trouble.trouble}`), trouble.detail].filter(Boolean).join(" ") : "";
  byId("pair").disabled = busy;
}

function show(changes) {
  if ("progress" in changes) progress = changes.progress;
  if ("trouble" in changes) trouble = changes.trouble;
  if ("busy" in changes) busy = changes.busy;
  write();
}

// The code in groups of four, as it is printed.
function grouped(text) {
  const characters = text.toUpperCase().replace(/[^0-9A-Z]/g, "").slice(0, CODE_CHARACTERS);
  return characters.replace(/(.{4})(?=.)/g, "$1-");
}

byId("address").addEventListener("input", () => {
  const [address, code] = byId("address").value.split("#");
  if (code === undefined) return;
  byId("code").value = grouped(code);
  if (code.replace(/[^0-9A-Za-z]/g, "").length >= CODE_CHARACTERS) byId("address").value = address;
});
byId("code").addEventListener("change", () => { byId("code").value = grouped(byId("code").value); });

byId("language").addEventListener("click", () => {
  language = language === "it" ? "en" : "it";
  write();
});

byId("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (busy) return;
  show({ busy: true, trouble: null, progress: "working" });
  const typed = { address: byId("address").value, code: byId("code").value };
  try {
    const answer = await fetch("/api/pair", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(typed),
    });
    if (answer.ok) return arrive();
    show({ busy: false, progress: null, trouble: await answer.json() });
  } catch {
    show({ busy: false, progress: null, trouble: { trouble: "other" } });
  }
  byId(trouble.trouble === "code" || trouble.trouble === "refused" ? "code" : "address").focus();
});

// The real page comes to this address by itself.
async function arrive() {
  show({ progress: "done" });
  document.body.dataset.screen = "done";
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const answer = await fetch("/api/setup").catch(() => null);
    if (answer && answer.status === 404) return location.reload();
  }
}

setup = await (await fetch("/api/setup")).json();
write();
document.body.hidden = false;
document.body.dataset.screen = "setup";
byId("address").focus();
