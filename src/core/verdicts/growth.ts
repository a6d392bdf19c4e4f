import { formatBytes } from "../base/bytes.ts";
import { count } from "../base/count.ts";
import { type Device, deviceId } from "../model/device.ts";
import type { TestRef } from "../model/event.ts";
import type { BufferOrigin, FindingBuffer, SubtestShare } from "../model/finding.ts";
import type { FixtureRef, Moment } from "../model/measurement.ts";
import type { MemoryType } from "../model/memory-type.ts";
import type { Phase } from "../model/phase.ts";
import type { Allocation } from "../model/run-record.ts";
import type { TracedLife } from "../model/trace-record.ts";
import type { Fate } from "./allocation-fate.ts";

/**
 * Who is charged with an allocation.
 *
 * - `test`: it was born while the test or its own fixtures ran
 * - `fixture`: a fixture of wider scope allocated it
 * - `open`: it was there when the fixture that opened the device gave it
 * - `between`: it was there when the next test began
 */
type Charge = "test" | "fixture" | "open" | "between";

/** Allocations of one memory type on one device that share who is charged and what became of them. */
export interface Growth {
  readonly charge: Charge;
  readonly process: number;
  /** The test that ran when it was first seen; null between tests. */
  readonly ref: TestRef | null;
  readonly fixture: FixtureRef | null;
  readonly fate: Fate;
  readonly device: Device;
  readonly memoryType: MemoryType;
  readonly allocations: readonly Allocation[];
}

const PHASES: Readonly<Record<Moment, Phase | null>> = {
  open: "fixture",
  fixture: "fixture",
  before: null,
  "after-setup": "setup",
  "after-call": "call",
  after: "call",
  "after-collect": "call",
  "after-release": "call",
  "after-clear": "call",
  close: null,
};

/** Groups allocations by what one finding can say. Those that were gone with the test's garbage are left out. */
export function growthsOf(allocations: readonly Allocation[], fateOf: (allocation: Allocation) => Fate): Growth[] {
  const groups = new Map<string, { growth: Growth; allocations: Allocation[] }>();
  for (const allocation of allocations) {
    const fate = fateOf(allocation);
    if (fate.kind === "transient") continue;
    const growth = describe(allocation, fate);
    const group = groups.get(keyOf(growth)) ?? { growth, allocations: [] };
    group.allocations.push(allocation);
    groups.set(keyOf(growth), group);
  }
  // A list that was added to has room for more, and most have one allocation.
  return [...groups.values()].map(({ growth, allocations }) => ({ ...growth, allocations: allocations.slice() }));
}

/** Bytes per bank, together. */
export function bytesPerBankOf(growth: Growth): number {
  return growth.allocations.reduce((sum, { bytesPerBank }) => sum + bytesPerBank, 0);
}

/** Bytes per bank x banks, on each chip. */
export function sizeBytesOf(growth: Growth): number {
  return growth.allocations.reduce((sum, { bytesPerBank, banks }) => sum + bytesPerBank * banks, 0);
}

/** For people: "48.0 KB in 1 buffer". */
export function whatIs(growth: Growth): string {
  return `${formatBytes(sizeBytesOf(growth))} in ${count(growth.allocations.length, "buffer")}`;
}

/** By address, so that order never depends on how blocks were listed. */
export function buffersOf(growth: Growth): FindingBuffer[] {
  return growth.allocations
    .map(({ address, bytesPerBank, banks, tensor, inside, traced }) => {
      const allocated = traced === null ? null : toOrigin(traced);
      return { address, sizeBytes: bytesPerBank * banks, tensor, inside, allocated };
    })
    .sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
}

function toOrigin({ context, freed, stack, requestedBytes }: TracedLife): BufferOrigin {
  return {
    test: context?.ref?.test ?? null,
    phase: context?.phase ?? null,
    fixture: context?.fixture?.name ?? null,
    subtest: context?.subtest ?? null,
    stack,
    requestedBytes,
    freedBy: freed?.ref?.test ?? null,
  };
}

/** What each subtest allocated of it, largest first. */
export function subtestsOf({ allocations }: Growth): SubtestShare[] {
  const shares = new Map<string, { subtest: string; buffers: number; sizeBytes: number }>();
  for (const { bytesPerBank, banks, traced } of allocations) {
    const subtest = traced?.context?.subtest ?? null;
    if (subtest === null) continue;
    const share = shares.get(subtest) ?? { subtest, buffers: 0, sizeBytes: 0 };
    share.buffers += 1;
    share.sizeBytes += bytesPerBank * banks;
    shares.set(subtest, share);
  }
  return [...shares.values()].sort((a, b) => b.sizeBytes - a.sizeBytes || (a.subtest < b.subtest ? -1 : 1));
}

/**
 * The phase that allocated most of it: by its traced events, else by the look at which it was first seen. `teardownSeen` says whether the end of the call was looked at: what appeared
 * after that look is the teardown's.
 */
export function phaseOf(growth: Growth, teardownSeen: boolean): Phase | null {
  const bytes = new Map<Phase | null, number>();
  for (const { birth, bytesPerBank, traced } of growth.allocations) {
    const isLate = teardownSeen && birth.moment.startsWith("after") && !SEEN_BEFORE_TEARDOWN.has(birth.moment);
    const phase = traced?.context?.phase ?? (isLate ? "teardown" : PHASES[birth.moment]);
    bytes.set(phase, (bytes.get(phase) ?? 0) + bytesPerBank);
  }
  return [...bytes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}

const SEEN_BEFORE_TEARDOWN: ReadonlySet<Moment> = new Set(["after-setup", "after-call"]);

function describe(allocation: Allocation, fate: Fate): Growth {
  const { birth, process, device, memoryType } = allocation;
  const charge = chargeOf(birth.moment, birth.ref);
  const fixture = charge === "fixture" || charge === "open" ? birth.fixture : null;
  return { charge, process, ref: birth.ref, fixture, fate, device, memoryType, allocations: [] };
}

/** Who is charged with what was first seen then. */
export function chargeOf(moment: Moment, ref: TestRef | null): Charge {
  if (moment === "open" || moment === "fixture") return moment;
  return ref === null || moment === "before" || moment === "close" ? "between" : "test";
}

function keyOf({ charge, process, ref, fixture, fate, device, memoryType }: Growth): string {
  const ended = fate.kind === "fixture" ? [fate.fixture.name, fate.fixture.baseId] : [];
  const giver = [fixture?.name, fixture?.baseId];
  return JSON.stringify([charge, process, ref?.test, ref?.attempt, giver, fate.kind, ended, device.key, memoryType]);
}

/**
 * What growths of several tests that are the same have in common: what, of which sizes, from which test code, without
 * address, device or worker. It is also the first version of a finding's signature.
 */
export function likenessOf(growth: Growth, source: string): string {
  const sizes = buffersOf(growth).map((buffer) => buffer.sizeBytes);
  const counted = new Map<number, number>();
  for (const size of sizes) counted.set(size, (counted.get(size) ?? 0) + 1);
  const what = [...counted]
    .sort((a, b) => a[0] - b[0])
    .map(([size, times]) => (times > 1 ? `${times}x${size}` : `${size}`));
  return `${growth.memoryType}:${what.join("+")}:${source}`;
}

export function deviceIdOf(growth: Growth): number {
  return deviceId(growth.device);
}
