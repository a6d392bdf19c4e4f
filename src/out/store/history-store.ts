import { Kysely, sql } from "kysely";
import { Migrator } from "kysely/migration";
import { isServerAddress } from "../../core/base/database-address.ts";
import { type Engine, migrationsOf } from "./migrations.ts";
import { StoreError } from "./store-error.ts";
import type { Db, Tables } from "./tables.ts";

const MIGRATION_TABLE = "memwatch_migration";

/** An open history. */
export interface HistoryStore extends AsyncDisposable {
  readonly db: Db;
  readonly engine: Engine;
}

/** How long to wait for another run that is stored, or for a server, in ms: twenty runs at once take a few seconds. */
export interface Patience {
  readonly lockedMs: number;
  readonly connectMs: number;
}

const PATIENCE: Patience = { lockedMs: 30_000, connectMs: 5_000 };

/**
 * Opens a history: a `postgres://` address, or a file. One of an earlier version is migrated, where it may be written to.
 *
 * @param access to read: nothing is made or changed
 * @throws what `storeErrorOf` knows
 */
export async function openHistory(
  where: string,
  access: "read" | "write",
  patience: Patience = PATIENCE,
): Promise<HistoryStore> {
  const engine = isServerAddress(where) ? "postgres" : "sqlite";
  const db = new Kysely<Tables>({ dialect: await dialectOf(where, engine, access, patience) });
  try {
    await bringUpToDate(db, engine, access);
    return { db, engine, [Symbol.asyncDispose]: () => db.destroy() };
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** Whoever has a file does not wait for the client of a server. */
async function dialectOf(where: string, engine: Engine, access: "read" | "write", patience: Patience) {
  if (engine === "postgres") return (await import("./postgres.ts")).openPostgres(where, patience.connectMs);
  return (await import("./sqlite.ts")).openSqlite(where, access, patience.lockedMs);
}

async function bringUpToDate(db: Db, engine: Engine, access: "read" | "write"): Promise<void> {
  const migrations = migrationsOf(engine);
  const done = await migrated(db, engine);
  const unknown = done.find((name) => !Object.hasOwn(migrations, name));
  if (unknown !== undefined) {
    throw new StoreError(`a newer tt-memwatch wrote it (${unknown}); use that one, or name another history`);
  }
  if (done.length === Object.keys(migrations).length) return;
  if (access === "read") throw new StoreError(done.length === 0 ? "there are no runs in it" : EARLIER);
  await migrate(db, engine);
}

const EARLIER = "an earlier tt-memwatch wrote it; store a run in it, or import one, to bring it up to date";

/** The migrations that a history has seen; none: it is empty. */
async function migrated(db: Db, engine: Engine): Promise<readonly string[]> {
  if (!(await hasTable(db, engine))) return [];
  const { rows } = await sql<{ readonly name: string }>`select name from ${sql.table(MIGRATION_TABLE)}`.execute(db);
  return rows.map(({ name }) => name);
}

async function hasTable(db: Db, engine: Engine): Promise<boolean> {
  const found =
    engine === "postgres"
      ? sql`select 1 where to_regclass(${MIGRATION_TABLE}) is not null`
      : sql`select 1 from sqlite_master where name = ${MIGRATION_TABLE}`;
  return (await found.execute(db)).rows.length > 0;
}

/** Others that begin at the same time wait, and find it done. */
async function migrate(db: Db, engine: Engine): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrationsOf(engine) },
    migrationTableName: MIGRATION_TABLE,
    migrationLockTableName: `${MIGRATION_TABLE}_lock`,
  });
  // Kysely locks nothing in SQLite, where all of it is one transaction.
  if (engine === "sqlite") await sql`begin`.execute(db);
  const { error } = await migrator.migrateToLatest();
  if (engine === "sqlite") await (error === undefined ? sql`commit` : sql`rollback`).execute(db);
  if (error !== undefined) throw error;
}
