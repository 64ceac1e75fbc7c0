// A code on paper as a person types it: 10 characters of Crockford's alphabet. O is 0, I and L are 1; spaces, hyphens and
// everything else are passed over.

export const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
export const LENGTH = 10;
const GROUPS = [4, 3, 3];
const ALIKE = { O: "0", I: "1", L: "1" };

// The code with one more character, if it is one and there is room.
export function typed(code, key) {
  const upper = key.length === 1 ? key.toUpperCase() : "";
  const character = ALIKE[upper] ?? upper;
  return character && ALPHABET.includes(character) && code.length < LENGTH ? code + character : code;
}

// What is shown: groups of places, each with its character or empty.
export function places(code) {
  let from = 0;
  return GROUPS.map((size) => {
    const group = Array.from({ length: size }, (_, at) => code[from + at] ?? "");
    from += size;
    return group;
  });
}

// An invite in the fragment of a link: 32 hex digits.
export const tokenIn = (hash) => /^#([0-9a-f]{32})$/i.exec(hash)?.[1] ?? null;
