import type { StoredRun } from "../../core/model/history.ts";
import type { HistoryStore } from "./history-store.ts";
import { readRun } from "./read-run.ts";
import { signatureNames } from "./signature-names.ts";

/** Which run is meant. `last-green`: the last one that exited with 0; `branch`: the last one of that branch. */
export type WantedRun =
  | { readonly kind: "last" }
  | { readonly kind: "last-green" }
  | { readonly kind: "branch"; readonly branch: string }
  | { readonly kind: "id"; readonly id: string };

/** The run that is meant, as it was stored; null: there is none. */
export async function findRun({ db }: HistoryStore, wanted: WantedRun): Promise<StoredRun | null> {
  let query = db.selectFrom("memwatch_run").select("id");
  if (wanted.kind === "last-green") query = query.where("exit_code", "=", 0);
  if (wanted.kind === "branch") query = query.where("branch", "=", wanted.branch);
  if (wanted.kind === "id") query = query.where("run", "=", wanted.id);
  const found = await query.orderBy("at_ms", "desc").orderBy("id", "desc").limit(1).executeTakeFirst();
  return found === undefined ? null : readRun(db, found.id, await signatureNames(db));
}
