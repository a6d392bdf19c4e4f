import { sql } from "kysely";
import { fileOfTest, isFixtureSubject } from "../../core/model/test-subject.ts";
import type { Db } from "./tables.ts";

/** A signature that tests of several files had, and the tests of one of these files. */
export interface SharedSignature {
  readonly signature: number;
  readonly tests: readonly number[];
}

/**
 * The signatures that tests of one name in several files had: once for each file. What a wider fixture left is together, whichever test was
 * the first to ask for it.
 */
export async function sharedSignatures(db: Db): Promise<readonly SharedSignature[]> {
  const named = await db
    .selectFrom("memwatch_test")
    .select(["id", "name", "subject"])
    .where(
      "subject",
      "in",
      db.selectFrom("memwatch_test").select("subject").groupBy("subject").having(sql<number>`count(*)`, ">", 1),
    )
    .execute();
  const subjects = [...Map.groupBy(named, ({ subject }) => subject)].filter(([subject, tests]) => {
    return !isFixtureSubject(subject) && new Set(tests.map(({ name }) => fileOfTest(name))).size > 1;
  });
  const shared: SharedSignature[] = [];
  for (const [subject, tests] of subjects) {
    const files = new Map(tests.map(({ id, name }) => [id, fileOfTest(name)]));
    for (const [signature, found] of await testsOfSignatures(db, subject)) {
      const byFile = [...Map.groupBy(found, (test) => files.get(test) ?? "").values()];
      if (byFile.length > 1) shared.push(...byFile.map((ofFile) => ({ signature, tests: ofFile })));
    }
  }
  return shared;
}

/** Of each signature with that name in it, the tests that had it. */
async function testsOfSignatures(db: Db, subject: string): Promise<ReadonlyMap<number, readonly number[]>> {
  const rows = await db
    .selectFrom("memwatch_signature as s")
    .innerJoin("memwatch_finding as f", "f.signature_id", "s.id")
    .select(["s.id", "f.test_id"])
    .distinct()
    .where("s.subject", "=", subject)
    .where("f.is_left", "=", 1)
    .where("f.test_id", "is not", null)
    .execute();
  const found = Map.groupBy(rows, ({ id }) => id);
  return new Map([...found].map(([id, ofSignature]) => [id, ofSignature.flatMap(({ test_id }) => test_id ?? [])]));
}
