/**
 * Whether `text` matches a glob: `*` stands for any run of characters, `?` for one. Everything else is itself, brackets
 * too: node ids are full of them.
 *
 * What is between two stars is taken at the first place where it fits, which is never worse than a later one. So each
 * part is looked for once, and no choice is made again, however many stars there are.
 */
export function matchesGlob(glob: string, text: string): boolean {
  return globMatcher(glob)(text);
}

/** The same for a glob that many texts are held against. */
export function globMatcher(glob: string): (text: string) => boolean {
  const [first = "", ...rest] = glob.split("*");
  const last = rest.pop();
  if (last === undefined) return (text) => first.length === text.length && fits(first, text, 0);
  return (text) => {
    const end = text.length - last.length;
    if (first.length > end || !fits(first, text, 0) || !fits(last, text, end)) return false;
    return areInOrder(rest, text, first.length, end);
  };
}

/** Whether all parts are in the text between `from` and `to`, one after the other. */
function areInOrder(parts: readonly string[], text: string, from: number, to: number): boolean {
  let at = from;
  for (const part of parts) {
    at = firstFit(part, text, at, to);
    if (at < 0) return false;
  }
  return true;
}

/** Where `part` ends at the first place between `from` and `to` that it fits; -1 where there is none. */
function firstFit(part: string, text: string, from: number, to: number): number {
  if (!part.includes("?")) {
    const found = text.indexOf(part, from);
    return found < 0 || found + part.length > to ? -1 : found + part.length;
  }
  for (let at = from; at + part.length <= to; at += 1) if (fits(part, text, at)) return at + part.length;
  return -1;
}

function fits(part: string, text: string, at: number): boolean {
  for (let index = 0; index < part.length; index += 1) {
    if (part[index] !== "?" && part[index] !== text[at + index]) return false;
  }
  return true;
}
