import { printable } from "../../core/base/printable.ts";

/** Everything ASCII that Markdown or HTML can read as markup; a dot or colon before a space or the end is prose. */
const MARKUP = /[!"#$%&()*+/<=>?@[\\\]^_`{|}~]|[.:](?=\S)/g;

/**
 * Text as it is, in running Markdown or a table cell: none of it is read as markup. Mentions and references are
 * looked for in what was rendered; `<wbr>`, which shows nothing, takes them apart.
 */
export function escapeProse(text: string): string {
  return printable(text).replace(MARKUP, (character) => {
    const entity = `&#${character.charCodeAt(0)};`;
    return character === "@" || character === "#" ? `${entity}<wbr>` : entity;
  });
}

/** Text as code, in running Markdown or a table cell. */
export function codeSpan(text: string): string {
  const safe = printable(text);
  // Inside a span neither a backtick nor, in a table, a pipe after a backslash can be escaped.
  return /[`|]/.test(safe) ? `<code>${escapeProse(safe)}</code>` : `\`${safe}\``;
}

/** Text as HTML between tags on one line, where Markdown is not read. */
export function escapeHtmlText(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Lines as a fenced block; the fence is longer than any run of backticks in them. */
export function codeBlock(lines: readonly string[]): string {
  const body = lines.map(printable).join("\n");
  const longest = (body.match(/`+/g) ?? []).reduce((so, run) => Math.max(so, run.length), 2);
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${body}\n${fence}`;
}
