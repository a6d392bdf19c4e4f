import { freePieces } from "../ledger/run/free-pieces.ts";
import type { TestRef } from "../model/event.ts";
import type { LiveShare, OutOfMemory } from "../model/memory-shortage.ts";
import type { FreeRoom, OutOfMemoryReport, OwnerShare, RunOfTest, Shortage } from "../model/memory-shortage-report.ts";
import { fileOfTest } from "../model/test-subject.ts";
import { originOf } from "../verdicts/user-line-in-stack.ts";
import { cheapestRoom } from "./cheapest-room.ts";
import { allOwners, type Instant, type LiveOwners, liveOwners, ownersOf } from "./live-owners.ts";

/** What a report needs of the process in which memory ran out. */
export type OfProcess = Pick<Instant, "rootDir" | "positionOf"> & {
  readonly pid: number;
  readonly runOf: (ref: TestRef | null) => RunOfTest;
};

/** An allocation that failed, as reports show it. Files are relative to `rootDir`. */
export function outOfMemoryReport(
  moment: OutOfMemory,
  { pid, rootDir, positionOf, runOf }: OfProcess,
): OutOfMemoryReport {
  const { process: _, at, atNs, stack, operation, said: __, memory, ...failed } = moment;
  const ref = at?.ref ?? null;
  const test = ref?.test ?? null;
  const instant = { ref, atNs, rootDir, positionOf };
  const live = liveOwners(memory.shares, instant);
  const room = roomIn(moment);
  const shortage = room === null ? null : shortageOf(moment.bytesPerBank, room);
  return {
    pid,
    test,
    atNs,
    ...runOf(ref),
    ...failed,
    origin: originOf(stack, operation, { rootDir, testFile: test === null ? null : fileOfTest(test) }),
    room,
    shortage,
    liveBytesPerBank: liveBytesPerBank(memory.shares),
    live: byTest(memory.shares),
    owners: allOwners(memory.shares, live, instant),
    fitsWithout: fitsWithout(moment, shortage, live, instant),
    knownFrom: memory.knownFrom,
    isWhole: memory.isWhole,
  };
}

export function liveBytesPerBank(shares: readonly LiveShare[]): number {
  return shares.reduce((sum, { bytesPerBank }) => sum + bytesPerBank, 0);
}

/** The allocator's own words, where they were heard. */
function roomIn({ said, memory: { range, shares, layout } }: OutOfMemory): FreeRoom | null {
  const totalBytesPerBank = said?.totalBytesPerBank ?? range?.totalBytesPerBank ?? null;
  if (totalBytesPerBank === null) return null;
  const pieces = layout === null || range === null ? null : freePieces(layout, range);
  const freeBytesPerBank = said?.freeBytesPerBank ?? Math.max(0, totalBytesPerBank - liveBytesPerBank(shares));
  const isAlike = pieces?.bytes === freeBytesPerBank;
  return {
    totalBytesPerBank,
    freeBytesPerBank,
    largestFreeBytesPerBank: said?.largestFreeBytesPerBank ?? (isAlike ? pieces.largestBytes : null),
    freePieces: isAlike ? pieces.pieces : null,
  };
}

function shortageOf(
  wantedBytesPerBank: number,
  { totalBytesPerBank, freeBytesPerBank, largestFreeBytesPerBank }: FreeRoom,
): Shortage | null {
  if (wantedBytesPerBank > totalBytesPerBank) return "larger-than-memory";
  if (wantedBytesPerBank > freeBytesPerBank) return "too-little";
  if (largestFreeBytesPerBank === null) return null;
  return wantedBytesPerBank > largestFreeBytesPerBank ? "fragmented" : "other";
}

function fitsWithout(
  { bytesPerBank, memory: { range, layout } }: OutOfMemory,
  shortage: Shortage | null,
  live: LiveOwners,
  instant: Instant,
): OwnerShare[] | null {
  if (range === null || layout === null || shortage === "other") return null;
  const worth = live.owners.map((owner) => owner.worth);
  const found = cheapestRoom(layout, range, { bytesPerBank, ownerOf: live.ofShare, worth });
  return found === null || found.length === 0 ? null : ownersOf(layout, found, live, instant);
}

/** One share for each test, and one for what no test allocated. */
function byTest(shares: readonly LiveShare[]): OutOfMemoryReport["live"] {
  const groups = Map.groupBy(shares, ({ context }) => {
    const { ref, fixture } = context ?? { ref: null, fixture: null };
    return JSON.stringify([ref?.test, ref?.attempt, fixture?.name, fixture?.baseId]);
  });
  const live = [...groups.values()].map((group) => ({
    test: group[0]?.context?.ref?.test ?? null,
    fixture: group[0]?.context?.fixture?.name ?? null,
    buffers: group.reduce((sum, { buffers }) => sum + buffers, 0),
    bytesPerBank: liveBytesPerBank(group),
  }));
  return live.sort((a, b) => b.bytesPerBank - a.bytesPerBank);
}
