/** Rows of one statement: the widest table has 15 columns, and SQLite takes 32,766 values. */
const ROWS_MAX = 1_000;

/** The same in parts that one statement can take. */
export function* batchesOf<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < rows.length; at += ROWS_MAX) yield rows.slice(at, at + ROWS_MAX);
}
