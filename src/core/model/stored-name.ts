import { shortHash } from "../base/short-hash.ts";

/** Characters of a name: PostgreSQL's indices take 2,704 bytes, and a character has up to 4. */
const NAME_LENGTH_MAX = 600;

/** A name as both databases can keep it: without what is not text to PostgreSQL, and cut with a hash of the whole where it is longer. */
export function storedName(name: string): string {
  const text = name.toWellFormed().replaceAll("\0", "\\x00");
  if (text.length <= NAME_LENGTH_MAX) return text;
  return `${text.slice(0, NAME_LENGTH_MAX - 13).toWellFormed()}~${shortHash(name)}`;
}
