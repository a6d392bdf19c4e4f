import { storedName } from "../../core/model/stored-name.ts";
import { subjectOfTest } from "../../core/model/test-subject.ts";
import { batchesOf } from "./batches.ts";
import type { Db } from "./tables.ts";

/** The numbers of tests, by node id; those that are new get one. `atMs`: when their run began. */
export async function testIds(db: Db, tests: Iterable<string>, atMs: number): Promise<(test: string) => number> {
  // In one order, so that no two that store at once wait for each other.
  const names = [...new Set([...tests].map(storedName))].sort();
  const ids = new Map<string, number>();
  for (const batch of batchesOf(names)) await addIds(db, batch, atMs, ids);
  return (test) => {
    const id = ids.get(storedName(test));
    if (id === undefined) throw new Error(`no number for the test ${test}`);
    return id;
  };
}

async function addIds(db: Db, names: readonly string[], atMs: number, ids: Map<string, number>): Promise<void> {
  const known = await select(db, names);
  const newer = known.filter(({ first_ms }) => first_ms > atMs).map(({ id }) => id);
  if (newer.length > 0) {
    await db.updateTable("memwatch_test").set({ first_ms: atMs }).where("id", "in", newer).execute();
  }
  for (const { name, id } of known) ids.set(name, id);
  const missing = names.filter((name) => !ids.has(name));
  if (missing.length === 0) return;
  const rows = missing.map((name) => ({ name, subject: subjectOfTest(name), first_ms: atMs }));
  await db
    .insertInto("memwatch_test")
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  for (const { name, id } of await select(db, missing)) ids.set(name, id);
}

function select(db: Db, names: readonly string[]) {
  return db.selectFrom("memwatch_test").select(["id", "name", "first_ms"]).where("name", "in", names).execute();
}
