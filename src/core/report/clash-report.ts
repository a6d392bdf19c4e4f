import { freePieces } from "../ledger/run/free-pieces.ts";
import type { Clash } from "../model/memory-shortage.ts";
import type { ClashReport, OwnerShare } from "../model/memory-shortage-report.ts";
import { fileOfTest } from "../model/test-subject.ts";
import { originOf } from "../verdicts/user-line-in-stack.ts";
import { allOwners, type Instant, type LiveOwners, liveOwners, ownersOf } from "./live-owners.ts";
import { liveBytesPerBank, type OfProcess } from "./out-of-memory.ts";

/** A program whose static buffers found no room in L1, as reports show it. Files are relative to `rootDir`. */
export function clashReport(clash: Clash, { pid, rootDir, positionOf, runOf }: OfProcess): ClashReport {
  const { device, openedAs, error, ref, atNs, stack, memory } = clash;
  const test = ref?.test ?? null;
  const instant = { ref, atNs, rootDir, positionOf };
  const live = liveOwners(memory.shares, instant);
  return {
    ...{ pid, test, atNs, ...runOf(ref), device, openedAs, error },
    origin: originOf(stack, null, { rootDir, testFile: test === null ? null : fileOfTest(test) }),
    regionBytes: memory.range === null ? null : Math.max(0, error.regionEnd - memory.range.base),
    room: roomIn(clash),
    liveBytesPerBank: liveBytesPerBank(memory.shares),
    owners: allOwners(memory.shares, live, instant),
    fitsWithout: inTheWay(clash, live, instant),
    knownFrom: memory.knownFrom,
    isWhole: memory.isWhole,
  };
}

function roomIn({ memory: { range, layout } }: Clash): ClashReport["room"] {
  if (range === null || layout === null) return null;
  const { bytes, pieces, largestBytes } = freePieces(layout, range);
  return {
    totalBytesPerBank: range.totalBytesPerBank,
    freeBytesPerBank: bytes,
    largestFreeBytesPerBank: largestBytes,
    freePieces: pieces,
  };
}

/** All of them: static buffers begin where L1 does, and are in one piece. */
function inTheWay({ error, memory: { layout } }: Clash, live: LiveOwners, instant: Instant): OwnerShare[] | null {
  if (error.error === "too-large" || layout === null) return null;
  const below = [...layout.addresses.keys()].filter((buffer) => (layout.addresses[buffer] ?? 0) < error.regionEnd);
  return below.length === 0 ? null : ownersOf(layout, below, live, instant);
}
