/** Eighths of a line's height: the first is for nothing. */
const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** A gap is where nothing is known. */
const UNKNOWN = " ";

/**
 * Values as one line of bars from 0 to the largest; null is a gap. Of more values than `columnsMax` each column has the
 * largest of its share, so that no peak is lost.
 */
export function sparkline(values: readonly (number | null)[], columnsMax: number): string {
  const columns = values.length <= columnsMax ? values : shares(values, columnsMax).map(largest);
  const top = largest(columns) ?? 0;
  return columns.map((value) => barOf(value, top)).join("");
}

function barOf(value: number | null, top: number): string {
  if (value === null) return UNKNOWN;
  if (value <= 0 || top <= 0) return BARS[0];
  return BARS[Math.ceil((value / top) * (BARS.length - 1))] ?? BARS[0];
}

function shares<T>(values: readonly T[], columns: number): (readonly T[])[] {
  const at = (column: number): number => Math.floor((column * values.length) / columns);
  return Array.from({ length: columns }, (_, column) => values.slice(at(column), at(column + 1)));
}

function largest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((most, value) => Math.max(most, value));
}
