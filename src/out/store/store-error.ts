/** Why the history cannot be used, as the end of a sentence that names it, and what to do. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}

/** SQLite's primary result codes: https://www.sqlite.org/rescode.html */
const SQLITE_REASONS: Readonly<Record<number, string>> = {
  5: "another program has it locked; try again later",
  6: "another program has it locked; try again later",
  8: "it may not be written to",
  10: "the disk does not read or write it",
  11: "it is damaged; move it away and import what history export wrote, or begin a new one",
  13: "the disk is full",
  14: "it cannot be opened",
  26: "it is not a history but another kind of file; name another one",
};

/** What an error of either database means; null: it is none of theirs, but a fault of ours. */
export function storeErrorOf(error: unknown): StoreError | null {
  if (error instanceof StoreError) return error;
  if (!(error instanceof Error)) return null;
  // Of a row: a later version may know of more verdicts without having changed the tables.
  if (error.name === "ZodError") return new StoreError("it has what this tt-memwatch does not know; use a newer one");
  const sqlite = "errcode" in error && typeof error.errcode === "number" ? error.errcode & 0xff : null;
  if (sqlite !== null) return new StoreError(SQLITE_REASONS[sqlite] ?? error.message);
  const code = "code" in error && typeof error.code === "string" ? error.code : null;
  // Node's own say that we called something wrongly.
  if (code !== null) return code.startsWith("ERR_") ? null : new StoreError(serverReason(code, error));
  // The client of PostgreSQL names no code where the server does not answer, or goes away.
  return /timeout|terminated|SASL|password/i.test(error.message) ? new StoreError(firstLine(error)) : null;
}

function serverReason(code: string, error: Error): string {
  return code === "ECONNREFUSED" || code === "ENOENT" ? "no server answers there" : firstLine(error);
}

function firstLine({ message }: Error): string {
  return message.split("\n", 1)[0] ?? message;
}
