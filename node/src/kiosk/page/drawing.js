// Parts of the page, made of words; nothing is ever read as markup.

export const byId = (id) => document.getElementById(id);

export function element(kind, className, text = "") {
  const made = document.createElement(kind);
  made.className = className;
  made.textContent = text;
  return made;
}

export function button(className, text = "") {
  const made = element("button", className, text);
  made.type = "button";
  return made;
}

// Buttons to choose from, each with what its press means.
export function list(id, rows) {
  const buttons = rows.map(({ text, ...data }) => {
    const choice = button("choice");
    Object.assign(choice.dataset, data);
    choice.append(element("span", "", text));
    return choice;
  });
  byId(id).classList.toggle("many", rows.length > 6);
  byId(id).classList.toggle("crowd", rows.length > 12);
  byId(id).replaceChildren(...buttons);
}
