import { closeSync, fstatSync } from "node:fs";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { SqliteDialect, type SqliteDialectConfig } from "kysely";
import { openFile } from "../../files/open-outside-file.ts";

type SqliteDatabase = Exclude<SqliteDialectConfig["database"], (...args: never) => unknown>;

/**
 * A history in a file, which is made if it is not there and `access` is to write. `lockedMs`: how long to wait for another that
 * writes.
 *
 * @throws what `storeErrorOf` knows, or the system's error where the path is not a file that may be opened
 */
export function openSqlite(path: string, access: "read" | "write", lockedMs: number): SqliteDialect {
  const isEmpty = sizeOf(openOrMake(path, access)) === 0;
  const database = new DatabaseSync(path, { readOnly: access === "read", timeout: lockedMs });
  // What is in it already keeps how it was made; to say it again would write all the same.
  if (isEmpty && access === "write") database.exec("pragma auto_vacuum = incremental");
  return new SqliteDialect({ database: adapted(database) });
}

function sizeOf(file: number): number {
  try {
    return fstatSync(file).size;
  } finally {
    closeSync(file);
  }
}

/** What runs report is nobody else's to read. */
function openOrMake(path: string, access: "read" | "write"): number {
  const wanted = { kinds: ["regular file"], links: "own" } as const;
  try {
    return openFile(path, { ...wanted, access: "read" });
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (!isMissing || access === "read") throw error;
    return openFile(path, { ...wanted, access: "append", mode: 0o600 });
  }
}

const NOTHING = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [].values(),
};

/** Node's own SQLite as kysely wants it. */
function adapted(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: (sql) => {
      // After a full disk, for one, SQLite has done that already, and what went wrong is to be reported.
      if (sql === "rollback" && !database.isTransaction) return NOTHING;
      // Two that read first and write then could each wait for the other, and SQLite would refuse one at once.
      const statement = database.prepare(sql === "begin" ? "begin immediate" : sql);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
        run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
        iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
      };
    },
  };
}
