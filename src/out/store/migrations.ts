import type { CreateTableBuilder, Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import { AMOUNT_COLUMNS } from "./amounts.ts";

/** Which database it is: they differ in how a number is made for a new row. */
export type Engine = "sqlite" | "postgres";

/**
 * What makes a history of each earlier version one of today's, in order; never changed once it was released. Its names are those of
 * the versions.
 */
export function migrationsOf(engine: Engine): Readonly<Record<string, Migration>> {
  return { "0001-runs": { up: (db) => createRuns(db, engine) } };
}

async function createRuns(db: Kysely<unknown>, engine: Engine): Promise<void> {
  await withId(db.schema.createTable("memwatch_run"), engine)
    .addColumn("run", "text", (column) => column.notNull().unique())
    .addColumn("at_ms", "bigint", (column) => column.notNull())
    .addColumn("duration_ms", "bigint", (column) => column.notNull())
    .addColumn("command", "text", (column) => column.notNull())
    .addColumn("cwd", "text", (column) => column.notNull())
    .addColumn("engine", "text", (column) => column.notNull())
    .addColumn("ttnn", "text")
    .addColumn("python", "text")
    .addColumn("host", "text")
    .addColumn("commit_id", "text")
    .addColumn("branch", "text")
    .addColumn("board", "text")
    .addColumn("job", "text")
    .addColumn("exit_code", "integer", (column) => column.notNull())
    .addColumn("command_exit_code", "integer")
    .addColumn("tests_checked", "integer", (column) => column.notNull())
    .addColumn("tests_not_checked", "integer", (column) => column.notNull())
    .addColumn("tests_no_device", "integer", (column) => column.notNull())
    .addColumn("findings_left", "integer", (column) => column.notNull())
    .addColumn("findings_failing", "integer", (column) => column.notNull())
    .addColumn("left_bytes", "bigint", (column) => column.notNull())
    .addColumn("export_bytes", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("memwatch_label")
    .addColumn("run_id", "integer", (column) => column.notNull().references("memwatch_run.id").onDelete("cascade"))
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("value", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("memwatch_label_key", ["run_id", "name"])
    .execute();
  await createNames(db, engine);
  await createResults(db);
  await createFindings(db);
}

async function createNames(db: Kysely<unknown>, engine: Engine): Promise<void> {
  await withId(db.schema.createTable("memwatch_test"), engine)
    .addColumn("name", "text", (column) => column.notNull().unique())
    .addColumn("subject", "text", (column) => column.notNull())
    .addColumn("first_ms", "bigint", (column) => column.notNull())
    .execute();
  await withId(db.schema.createTable("memwatch_signature"), engine)
    .addColumn("name", "text", (column) => column.notNull().unique())
    .addColumn("root_id", "integer", (column) => column.references("memwatch_signature.id"))
    .addColumn("subject", "text", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("memwatch_test_subject").on("memwatch_test").columns(["subject", "first_ms"]).execute();
  await db.schema.createIndex("memwatch_signature_root").on("memwatch_signature").column("root_id").execute();
  await db.schema.createIndex("memwatch_run_at").on("memwatch_run").column("at_ms").execute();
}

async function createResults(db: Kysely<unknown>): Promise<void> {
  let table = db.schema
    .createTable("memwatch_result")
    .addColumn("run_id", "integer", (column) => column.notNull().references("memwatch_run.id").onDelete("cascade"))
    .addColumn("test_id", "integer", (column) => column.notNull().references("memwatch_test.id"))
    .addColumn("at_ms", "bigint", (column) => column.notNull())
    .addColumn("is_checked", "smallint", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("outcome", "text")
    .addColumn("duration_ms", "double precision");
  for (const column of AMOUNT_COLUMNS) table = table.addColumn(column, "bigint");
  await table.addPrimaryKeyConstraint("memwatch_result_key", ["run_id", "test_id"]).execute();
  await db.schema
    .createIndex("memwatch_result_test")
    .on("memwatch_result")
    .columns(["test_id", "at_ms", "is_checked"])
    .execute();
}

async function createFindings(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("memwatch_finding")
    .addColumn("run_id", "integer", (column) => column.notNull().references("memwatch_run.id").onDelete("cascade"))
    .addColumn("position", "integer", (column) => column.notNull())
    .addColumn("signature_id", "integer", (column) => column.notNull().references("memwatch_signature.id"))
    .addColumn("test_id", "integer", (column) => column.references("memwatch_test.id"))
    .addColumn("at_ms", "bigint", (column) => column.notNull())
    .addColumn("is_left", "smallint", (column) => column.notNull())
    .addColumn("verdict", "text", (column) => column.notNull())
    .addColumn("attempt", "integer", (column) => column.notNull())
    .addColumn("device", "integer")
    .addColumn("memory_type", "text")
    .addColumn("size_bytes", "bigint", (column) => column.notNull())
    .addColumn("buffers", "integer", (column) => column.notNull())
    .addColumn("fails", "smallint", (column) => column.notNull())
    .addColumn("detail", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("memwatch_finding_key", ["run_id", "position"])
    .execute();
  await db.schema
    .createIndex("memwatch_finding_signature")
    .on("memwatch_finding")
    .columns(["is_left", "signature_id", "at_ms", "run_id", "test_id"])
    .execute();
}

function withId<T extends string, C extends string>(
  table: CreateTableBuilder<T, C>,
  engine: Engine,
): CreateTableBuilder<T, C | "id"> {
  return table.addColumn("id", engine === "postgres" ? "serial" : "integer", (column) => {
    return engine === "postgres" ? column.primaryKey() : column.primaryKey().autoIncrement();
  });
}
