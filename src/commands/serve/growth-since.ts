import type { ServerBooks } from "../../core/ledger/server/server-books.ts";
import { dumpSteps } from "../../core/ledger/server/walk-entries.ts";
import { GroupSums, type ServerGroup } from "../../core/model/server-group.ts";
import type { Sources } from "../../in/wire/server-requests.ts";
import { inSlices } from "../work-in-slices.ts";

/** What one process allocated after a moment and has not freed. */
export interface GrowthSince {
  /** Number of the newest allocation of all: the moment that this was seen. */
  readonly births: number;
  readonly groups: readonly ServerGroup[];
}

/**
 * What the process that sees itself as `pid` allocated after the allocation numbered `since`; null: nothing is looked
 * for. Books that were reset meanwhile count anew: then all they have is new.
 */
export async function growthSince(
  books: ServerBooks,
  since: number | null,
  pid: number,
  sources: Sources = "all",
): Promise<GrowthSince> {
  const { births } = books;
  if (since === null || since === births) return { births, groups: [] };
  const sums = new GroupSums(() => null);
  const request = { since: since > births ? 0 : since, listedMax: 0, isEach: true, hasHistories: false, sources };
  for await (const portion of inSlices(dumpSteps(books, request))) {
    for (const buffer of portion) {
      if (buffer.pid === pid) sums.add(buffer.device, buffer.memoryType, Number(buffer.sizeBytes), 1);
    }
  }
  return { births, groups: sums.groups().map(({ kept: _, ...group }) => group) };
}
