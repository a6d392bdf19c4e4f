import stringWidth from "string-width";

const ELLIPSIS = "…";

/** Cut between characters as people see them, which may be two columns wide. */
export function truncate(text: string, columns: number): string {
  if (isNarrow(text, columns)) return text;
  return columns < ELLIPSIS.length ? "" : fitting(charactersOf(text), columns).join("") + ELLIPSIS;
}

/** The same from the left. */
export function truncateStart(text: string, columns: number): string {
  if (isNarrow(text, columns)) return text;
  if (columns < ELLIPSIS.length) return "";
  return ELLIPSIS + fitting(charactersOf(text).toReversed(), columns).toReversed().join("");
}

/** As `truncate`, but after a whole word where that costs less than half of the columns. */
export function truncateWords(text: string, columns: number): string {
  const cut = truncate(text, columns);
  if (cut === text || cut === "" || /[\s\-_]/.test(text[cut.length - ELLIPSIS.length] ?? "")) return cut;
  const whole = cut.slice(0, -ELLIPSIS.length).replace(/[\s\-_][^\s\-_]*$/, "");
  return widthOf(whole) < columns / 2 ? cut : `${whole.trimEnd()}${ELLIPSIS}`;
}

/** As `truncateStart`, but from a whole part of a path or a node id on, or else a whole word, where that costs less than half of the columns. */
export function truncateParts(text: string, columns: number): string {
  const cut = truncateStart(text, columns);
  if (cut === text) return cut;
  const kept = cut.slice(ELLIPSIS.length);
  const from = (boundary: RegExp): string => {
    const at = kept.search(boundary);
    return at === -1 ? "" : `${ELLIPSIS}${kept.slice(at)}`;
  };
  const candidates = [from(PART), text.split(PART).at(-1) ?? "", from(WORD)];
  return candidates.find((each) => widthOf(each) <= columns && widthOf(each) > columns / 2) ?? cut;
}

/** Where a part of a path or node id begins, and where a word in one does. */
const PART = /\/|::/;
const WORD = /[\s\-_[]/;

/** Columns that a text takes. */
export function widthOf(text: string): number {
  return isPlain(text) ? text.length : stringWidth(text);
}

/** No character takes more than two columns, and to add them up takes long. */
function isNarrow(text: string, columns: number): boolean {
  return 2 * text.length <= columns || widthOf(text) <= columns;
}

/** Most text is, and each of its characters takes one column. */
function isPlain(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

function charactersOf(text: string): readonly string[] {
  return [...new Intl.Segmenter("en").segment(text)].map(({ segment }) => segment);
}

/** The first characters that fit beside an ellipsis. */
function fitting(characters: readonly string[], columns: number): readonly string[] {
  let width = 0;
  const end = characters.findIndex((character) => {
    width += widthOf(character);
    return width > columns - ELLIPSIS.length;
  });
  return end === -1 ? characters : characters.slice(0, end);
}
