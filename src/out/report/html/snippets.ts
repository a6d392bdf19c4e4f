import type { PageData, PagePlace, PageSnippet } from "../../../core/model/page.ts";

/** Gives the text of a file of the suite; null: it is not at hand. */
export type ReadSource = (file: string) => string | null;

/** Lines before and after the one that is named. */
const AROUND = 4;
/** A page has no more of them. */
const SNIPPETS_MAX = 500;
const LINE_CHARACTERS_MAX = 200;
const TAB = "    ";

/** The lines around each place that is named on a page, those of the first findings first. */
export function snippetsOf(
  { causes, findings }: Pick<PageData, "causes" | "findings">,
  read: ReadSource,
): PageSnippet[] {
  const places = [...causes, ...findings].flatMap(({ place }) => (place === null ? [] : [place, ...testPlace(place)]));
  const distinct = new Map(places.map((place) => [`${place.file}:${place.line}`, place]));
  const texts = new Map<string, readonly string[] | null>();
  const linesOf = (file: string): readonly string[] | null => {
    if (!texts.has(file)) texts.set(file, read(file)?.split(/\r?\n/) ?? null);
    return texts.get(file) ?? null;
  };
  return [...distinct.values()].slice(0, SNIPPETS_MAX).flatMap((place) => snippetOf(place, linesOf(place.file)));
}

interface Line {
  readonly file: string;
  readonly line: number;
}

function testPlace({ testLine }: PagePlace): readonly Line[] {
  return testLine === null ? [] : [testLine];
}

function snippetOf({ file, line }: Line, lines: readonly string[] | null): PageSnippet[] {
  if (lines === null || line < 1 || line > lines.length) return [];
  const first = Math.max(1, line - AROUND);
  const shown = lines.slice(first - 1, line + AROUND);
  return [{ file, firstLine: first, lines: shown.map(shortened) }];
}

function shortened(line: string): string {
  const text = line.replaceAll("\t", TAB).trimEnd();
  return text.length > LINE_CHARACTERS_MAX ? `${text.slice(0, LINE_CHARACTERS_MAX - 1)}…` : text;
}
