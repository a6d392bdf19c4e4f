/** Lines of a file that one statement may have. */
const STATEMENT_LINES_MAX = 50;

/** Characters of those lines that are looked at. */
const SOURCE_LENGTH_MAX = 10_000;

/** Characters of a statement that are kept. */
const STATEMENT_LENGTH_MAX = 1_000;

/** A string with its prefix, a comment, a run of spaces, a line that goes on, or any other character. */
const TOKEN =
  /(?:"""(?:[^\\]|\\.)*?"""|'''(?:[^\\]|\\.)*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|#[^\n]*|\\\n|[ \t\r\f]+|\w+|./gs;

/**
 * The Python statement that begins on a line (from 1), or the rest of one that began before, as one line without
 * comments and without spaces that mean nothing: a formatter does not change it. null: the text has no such line, or
 * nothing stands there.
 */
export function statementAt(lines: readonly string[], line: number): string | null {
  const text = lines
    .slice(line - 1, line - 1 + STATEMENT_LINES_MAX)
    .join("\n")
    .slice(0, SOURCE_LENGTH_MAX);
  let statement = "";
  let depth = 0;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "\n" && depth <= 0) break;
    if (OPENING.has(token)) depth += 1;
    if (CLOSING.has(token)) {
      depth -= 1;
      // A formatter adds a comma where it gives each argument a line of its own.
      statement = statement.replace(/,$/, "");
    }
    if (isNothing(token)) continue;
    statement += WORD.test(statement.slice(-1)) && WORD.test(token) ? ` ${token}` : token;
  }
  return statement === "" ? null : statement.slice(0, STATEMENT_LENGTH_MAX);
}

const OPENING: ReadonlySet<string> = new Set(["(", "[", "{"]);
const CLOSING: ReadonlySet<string> = new Set([")", "]", "}"]);
const WORD = /^\w/;

function isNothing(token: string): boolean {
  return token.startsWith("#") || token === "\\\n" || token.trim() === "";
}
