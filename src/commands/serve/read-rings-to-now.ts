import { setImmediate, setTimeout } from "node:timers/promises";
import type { FollowedProcess } from "./traced-process.ts";

/** Time that reading may take before clients are read again. */
const SLICE_MS = 2;
/** Time that a record may take to be completed before an answer no longer waits for it. */
const COMPLETED_WITHIN_MS = 500;
/** Time between two looks at what does not come on: others are writing it, or wait for their answers. */
const LOOK_AGAIN_MS = 1;

/** A ring, and how far it is to be read. */
interface WantedRing {
  readonly traced: FollowedProcess;
  /** Whether its process asks: it is read up to where that was about to connect. */
  readonly isAsker: boolean;
  /** Records before this ticket are wanted. */
  readonly head: number;
}

/**
 * Reads all that processes have recorded by now, and the one that `asker` belongs to up to where it connected. A promise
 * where that takes more than this turn of the event loop.
 */
export function readRingsToNow(processes: readonly FollowedProcess[], asker: number | null): Promise<void> | undefined {
  const wanted = processes.map((traced) => {
    const isAsker = asker !== null && traced.has(asker);
    if (isAsker) traced.holdAt(asker);
    return { traced, isAsker, head: traced.ring.head() };
  });
  // What is behind little goes first: one that floods its ring is not waited for by the others.
  wanted.sort((a, b) => a.head - a.traced.ring.records - (b.head - b.traced.ring.records));
  return readSlice(wanted) ? undefined : readOn(wanted);
}

/** Reads for a moment; gives whether all is read. */
function readSlice(wanted: readonly WantedRing[]): boolean {
  const untilMs = performance.now() + SLICE_MS;
  for (const { traced, head } of wanted) {
    while (!traced.ring.hasReached(head)) {
      if (!traced.ring.readSome(head)) break;
      if (performance.now() > untilMs) return isAllRead(wanted);
    }
  }
  return isAllRead(wanted);
}

/** Also waits for records that are being written: a thread may have been stopped in the middle of one. */
async function readOn(wanted: readonly WantedRing[]): Promise<void> {
  let progressAtMs = performance.now();
  let position = positionOf(wanted);
  while (!readSlice(wanted)) {
    for (const { traced, isAsker } of wanted) if (!isAsker) traced.giveUp();
    const now = positionOf(wanted);
    const hasComeOn = now > position;
    if (hasComeOn) progressAtMs = performance.now();
    else if (performance.now() - progressAtMs > COMPLETED_WITHIN_MS) return;
    position = now;
    await (hasComeOn ? setImmediate() : setTimeout(LOOK_AGAIN_MS));
  }
}

function isAllRead(wanted: readonly WantedRing[]): boolean {
  const askedNs = wanted.find(({ isAsker }) => isAsker)?.traced.askedNs ?? Number.POSITIVE_INFINITY;
  return wanted.every((ring) => isRead(ring, askedNs));
}

/**
 * What waits for another asker's answer is not read yet, unless that one asked later: all from before is read then, and
 * two that ask at the same time would wait for each other.
 */
function isRead({ traced, head, isAsker }: WantedRing, askedNs: number): boolean {
  const { ring } = traced;
  return ring.hasReached(head) && (isAsker || !ring.isOpen || traced.askedNs === null || traced.askedNs > askedNs);
}

function positionOf(wanted: readonly WantedRing[]): number {
  return wanted.reduce((sum, { traced: { ring } }) => sum + ring.records + ring.lost, 0);
}
