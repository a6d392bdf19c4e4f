import type { StoredFinding } from "../../core/model/history.ts";
import { storedName } from "../../core/model/stored-name.ts";
import { subjectOfSignature } from "../../core/model/test-subject.ts";
import { batchesOf } from "./batches.ts";
import type { Db } from "./tables.ts";

type Named = Pick<StoredFinding, "signature" | "earlierSignatures">;

interface Row {
  readonly id: number;
  readonly name: string;
  readonly root_id: number | null;
}

/**
 * The numbers of signatures. One that is new but was known under an earlier version's name goes on under the number of that,
 * unless another one of its own version does.
 */
export async function signatureIds(db: Db, findings: readonly Named[]): Promise<(signature: string) => number> {
  const named = new Map(findings.map((finding) => [storedName(finding.signature), finding]));
  const names = [...named].flatMap(([name, { earlierSignatures }]) => [name, ...earlierSignatures.map(storedName)]);
  const known = new Map((await rowsOf(db, "name", names)).map((row) => [row.name, row]));
  const missing = [...named].filter(([name]) => !known.has(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  const added = await addAll(db, missing, known);
  const ids = new Map([...known.values(), ...added].map(({ id, name, root_id }) => [name, root_id ?? id]));
  return (signature) => {
    const id = ids.get(storedName(signature));
    if (id === undefined) throw new Error(`no number for the signature ${signature}`);
    return id;
  };
}

async function addAll(
  db: Db,
  missing: readonly (readonly [string, Named])[],
  known: ReadonlyMap<string, Row>,
): Promise<readonly Row[]> {
  const taken = await takenRoots(db, known);
  const rows = missing.map(([name, { earlierSignatures }]) => {
    const earlier = earlierSignatures.map((each) => known.get(storedName(each))).find((row) => row !== undefined);
    const root = earlier === undefined ? null : (earlier.root_id ?? earlier.id);
    const isFree = root !== null && !taken.has(root);
    if (isFree) taken.add(root);
    return { name, root_id: isFree ? root : null, subject: subjectOfSignature(name) };
  });
  for (const batch of batchesOf(rows)) {
    await db
      .insertInto("memwatch_signature")
      .values(batch)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  return rowsOf(
    db,
    "name",
    missing.map(([name]) => name),
  );
}

/** Roots that a later version's name goes on already. */
async function takenRoots(db: Db, known: ReadonlyMap<string, Row>): Promise<Set<number>> {
  const roots = [...known.values()].map(({ id, root_id }) => root_id ?? id);
  return new Set((await rowsOf(db, "root_id", roots)).flatMap(({ root_id }) => root_id ?? []));
}

async function rowsOf(db: Db, column: "name" | "root_id", values: readonly (string | number)[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const batch of batchesOf([...new Set(values)])) {
    const query = db.selectFrom("memwatch_signature").select(["id", "name", "root_id"]);
    rows.push(...(await query.where(column, "in", batch as never).execute()));
  }
  return rows;
}
