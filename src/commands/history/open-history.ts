import { dirname } from "node:path";
import { isServerAddress, withoutPassword } from "../../core/base/database-address.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { makePrivateFolder } from "../../files/make-folder.ts";
import type { HistoryStore } from "../../out/store/history-store.ts";
import { storeErrorOf } from "../../out/store/store-error.ts";
import type { HistoryPlace } from "./history-place.ts";

type Access = "read" | "write";

/**
 * Opens the history and has `use` work with it.
 *
 * @throws UsageError where it cannot be used: what is wrong, and what to do
 */
export async function withHistory<T>(
  { where }: HistoryPlace,
  access: Access,
  use: (store: HistoryStore) => Promise<T>,
): Promise<T> {
  try {
    // What runs report is nobody else's to read.
    if (access === "write" && !isServerAddress(where)) makePrivateFolder(dirname(where));
    // Of what a run without a history would load, its library is a third.
    const { openHistory } = await import("../../out/store/history-store.ts");
    await using store = await openHistory(where, access);
    return await use(store);
  } catch (error) {
    throw error instanceof UsageError ? error : (explained(where, access, error) ?? error);
  }
}

function explained(where: string, access: Access, error: unknown): UsageError | null {
  const reason = reasonOf(access, error);
  return reason === null ? null : new UsageError(`the history ${withoutPassword(where)} cannot be used: ${reason}`);
}

function reasonOf(access: Access, error: unknown): string | null {
  if (isNoSuchFile(error)) return access === "read" ? NO_HISTORY : NOT_MADE;
  const known = storeErrorOf(error);
  return known === null ? null : withoutPassword(known.message);
}

/** Of a server's socket that is not there, the system says the same. */
function isNoSuchFile(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    error.code === "ENOENT" &&
    "path" in error &&
    "syscall" in error &&
    error.syscall !== "connect"
  );
}

/** Where it would have been made. */
const NOT_MADE = "it cannot be made there; name a file in another folder";

const NO_HISTORY = "there is none yet; tt-memwatch run --history stores a run in it";
