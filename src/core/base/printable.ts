// Control characters and line separators can move the cursor or start a terminal sequence, direction controls can make
// a name read as another, and lone surrogates and U+FFFE/U+FFFF cannot be written as UTF-8 or XML.
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Text from outside on one line, with everything that could act on a terminal, or that XML 1.0 cannot hold, escaped
 * visibly: `\n`, `\x1b`, `\u202e`. Everything else, non-ASCII included, stays as it is.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => SHORT[character] ?? escapeCode(character.charCodeAt(0)));
}

function escapeCode(code: number): string {
  const hex = code.toString(16);
  return code <= 0xff ? `\\x${hex.padStart(2, "0")}` : `\\u${hex.padStart(4, "0")}`;
}
