import { existsSync } from "node:fs";
import { isServerAddress } from "../../core/base/database-address.ts";
import type { StoredRun } from "../../core/model/history.ts";
import type { WantedRun } from "../../out/store/find-run.ts";
import type { HistoryPlace } from "../history/history-place.ts";

const NAMED: ReadonlyMap<string, WantedRun> = new Map([
  ["last", { kind: "last" }],
  ["last-green", { kind: "last-green" }],
]);

/** The run of the history that a name means; null: it is the name of a file. */
export function wantedRun(name: string): WantedRun | null {
  const [, kind, word = ""] = /^(branch|run):(.+)$/s.exec(name) ?? [];
  if (kind === "branch") return { kind, branch: word };
  if (kind === "run") return { kind: "id", id: word };
  return NAMED.get(name) ?? null;
}

/**
 * That run; null: there is none yet.
 *
 * @throws UsageError where the history cannot be read
 */
export async function readStoredRun(wanted: WantedRun, place: HistoryPlace): Promise<StoredRun | null> {
  if (!isServerAddress(place.where) && !existsSync(place.where)) return null;
  // Whoever names a file does not wait for the clients of databases.
  const [{ withHistory }, { findRun }] = await Promise.all([
    import("../history/open-history.ts"),
    import("../../out/store/find-run.ts"),
  ]);
  return withHistory(place, "read", (store) => findRun(store, wanted));
}

/** What a stored run is called beside the name that the user gave: "last (4f0c9a1be23d of 2026-11-27 02:14)". */
export function storedName(name: string, { id, startedAt }: Pick<StoredRun, "id" | "startedAt">): string {
  return `${name} (${id} of ${startedAt.slice(0, "2026-11-27T02:14".length).replace("T", " ")})`;
}
