import type { TestRef } from "../model/event.ts";
import type { Layout, LiveShare } from "../model/memory-shortage.ts";
import type { OwnerShare } from "../model/memory-shortage-report.ts";
import { fileOfTest } from "../model/test-subject.ts";
import { originOf } from "../verdicts/user-line-in-stack.ts";
import type { Buffers, WantedRoom } from "./cheapest-room.ts";

/** The instant at which memory ran out. */
export interface Instant {
  readonly ref: TestRef | null;
  /** CLOCK_MONOTONIC; null: not known. */
  readonly atNs: number | null;
  /** pytest's root directory; absolute. */
  readonly rootDir: string;
  /** Position of a test among those of its process, in the order in which they began; null: not known. */
  readonly positionOf: (ref: TestRef) => number | null;
}

/** Whose the shares of a memory are. */
export interface LiveOwners {
  /** Without amounts that are theirs: those depend on which buffers are meant. */
  readonly owners: readonly Owner[];
  /** The owner of each share, by number. */
  readonly ofShare: readonly number[];
}

interface Owner {
  readonly share: Omit<OwnerShare, "buffers" | "bytesPerBank" | "ageMs">;
  readonly worth: WantedRoom["worth"][number];
  readonly oldestNs: number | null;
}

const NS_PER_MS = 1_000_000;

/** Puts together what one line allocated in one test or wider fixture. */
export function liveOwners(shares: readonly LiveShare[], instant: Instant): LiveOwners {
  const numbers = new Map<string, number>();
  const owners: Owner[] = [];
  const ofShare = shares.map((share) => {
    const owner = ownerOf(share, instant);
    const key = JSON.stringify([owner.share, share.context?.ref?.attempt, share.context?.fixture?.baseId]);
    const number = numbers.get(key) ?? owners.length;
    numbers.set(key, number);
    const known = owners[number];
    owners[number] = known === undefined ? owner : { ...known, oldestNs: older(known.oldestNs, owner.oldestNs) };
    return number;
  });
  return { owners, ofShare };
}

/** All that is live, by owner, largest first. */
export function allOwners(shares: readonly LiveShare[], live: LiveOwners, instant: Instant): OwnerShare[] {
  const amounts = new Amounts();
  for (const [index, { buffers, bytesPerBank }] of shares.entries()) {
    amounts.add(live.ofShare[index] ?? 0, buffers, bytesPerBank);
  }
  return amounts.shares(live, instant);
}

/** Some of what is live, by owner, largest first. */
export function ownersOf(
  { bytesPerBank, shares }: Layout,
  buffers: Buffers,
  live: LiveOwners,
  instant: Instant,
): OwnerShare[] {
  const amounts = new Amounts();
  for (const buffer of buffers) amounts.add(live.ofShare[shares[buffer] ?? 0] ?? 0, 1, bytesPerBank[buffer] ?? 0);
  return amounts.shares(live, instant);
}

function ownerOf({ context, stack, operation, oldestNs }: LiveShare, instant: Instant): Owner {
  const ref = context?.ref ?? null;
  const test = ref?.test ?? null;
  const fixture = context?.fixture?.name ?? null;
  const testFile = test === null ? null : fileOfTest(test);
  const origin = originOf(stack, operation, { rootDir: instant.rootDir, testFile });
  const isOwn = ref !== null && ref.test === instant.ref?.test && ref.attempt === instant.ref.attempt;
  const share = { test, fixture, origin, testsAgo: testsBetween(ref, instant) };
  return { share, worth: fixture !== null ? "lasting" : isOwn ? "own" : null, oldestNs };
}

function testsBetween(ref: TestRef | null, { ref: now, positionOf }: Instant): number | null {
  if (ref === null || now === null) return null;
  const [then, last] = [positionOf(ref), positionOf(now)];
  return then === null || last === null ? null : last - then;
}

function older(some: number | null, other: number | null): number | null {
  return some === null || other === null ? null : Math.min(some, other);
}

class Amounts {
  readonly #amounts = new Map<number, { buffers: number; bytesPerBank: number }>();

  add(owner: number, buffers: number, bytesPerBank: number): void {
    const before = this.#amounts.get(owner) ?? { buffers: 0, bytesPerBank: 0 };
    const after = { buffers: before.buffers + buffers, bytesPerBank: before.bytesPerBank + bytesPerBank };
    this.#amounts.set(owner, after);
  }

  shares({ owners }: LiveOwners, { atNs }: Instant): OwnerShare[] {
    const shares = [...this.#amounts].flatMap(([number, amount]) => {
      const owner = owners[number];
      return owner === undefined ? [] : [{ ...owner.share, ageMs: ageOf(owner, atNs), ...amount }];
    });
    return shares.sort((a, b) => b.bytesPerBank - a.bytesPerBank);
  }
}

function ageOf({ oldestNs }: Owner, atNs: number | null): number | null {
  return oldestNs === null || atNs === null ? null : Math.max(0, Math.round((atNs - oldestNs) / NS_PER_MS));
}
