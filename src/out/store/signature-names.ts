import type { Db } from "./tables.ts";

/** What each signature is called by its number, newest first, with the names of earlier versions behind it. */
export async function signatureNames(db: Db): Promise<(id: number) => readonly string[]> {
  const rows = await db
    .selectFrom("memwatch_signature")
    .select(["id", "name", "root_id"])
    .orderBy("id", "desc")
    .execute();
  const names = Map.groupBy(rows, ({ id, root_id }) => root_id ?? id);
  return (id) => names.get(id)?.map(({ name }) => name) ?? [];
}
