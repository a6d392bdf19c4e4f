import { deviceId } from "../model/device.ts";
import type { Moment, TypeUsage } from "../model/measurement.ts";
import { MEMORY_TYPES, type MemoryType } from "../model/memory-type.ts";
import type { TestPeak } from "../model/peak.ts";
import type { DeviceLooks, TestRecord } from "../model/run-record.ts";

/** What one test had live at most in one memory, from its traced records, or else from what looks found. */
export interface MemoryPeak {
  readonly device: number;
  readonly openedAs: number | null;
  readonly memoryType: MemoryType;
  /** Of the test itself. By looks: what there was more than when it began, which is at most that. */
  readonly ownBytes: number;
  readonly totalBytes: number;
  readonly totalBytesPerBank: number;
  /** null: looks only. */
  readonly traced: TestPeak | null;
}

/** The peaks of a test, in the order of its devices and of the memory types. Looks see what was live when they were taken, no more. */
export function peaksOf(test: Pick<TestRecord, "devices" | "peaks">): readonly MemoryPeak[] {
  const traced = test.peaks.memories.map((peak) => ({
    device: peak.device,
    openedAs: peak.openedAs,
    memoryType: peak.memoryType,
    ownBytes: peak.own.sizeBytes,
    totalBytes: peak.total.sizeBytes,
    totalBytesPerBank: peak.total.bytesPerBank,
    traced: peak,
  }));
  const known = new Set(traced.map(({ device, memoryType }) => `${device} ${memoryType}`));
  const looked = test.devices
    .flatMap(peaksOfLooks)
    .filter(({ device, memoryType }) => !known.has(`${device} ${memoryType}`));
  return [...traced, ...looked].toSorted(inOrder);
}

function inOrder(a: MemoryPeak, b: MemoryPeak): number {
  return a.device - b.device || MEMORY_TYPES.indexOf(a.memoryType) - MEMORY_TYPES.indexOf(b.memoryType);
}

function peaksOfLooks({ device, looks }: DeviceLooks): MemoryPeak[] {
  return MEMORY_TYPES.flatMap((memoryType) => {
    const uses = looks.flatMap(({ moment, usage }) => {
      const use = usage.find((each) => each.memoryType === memoryType);
      return use === undefined ? [] : [{ moment, use, sizeBytes: bytesOf(use) }];
    });
    if (uses.length === 0) return [];
    const most = uses.reduce((a, b) => (b.sizeBytes > a.sizeBytes ? b : a)).use;
    if (bytesOf(most) === 0) return [];
    const own = mostOfItsOwn(uses);
    const total = { totalBytes: bytesOf(most), totalBytesPerBank: most.allocatedBytesPerBank };
    return [{ device: deviceId(device), openedAs: null, memoryType, ownBytes: own, ...total, traced: null }];
  });
}

/** The most that there was more than when the test began and than wider fixtures have made since. */
function mostOfItsOwn(uses: readonly { readonly moment: Moment; readonly sizeBytes: number }[]): number {
  let previous = uses[0]?.sizeBytes ?? 0;
  let others = previous;
  let most = 0;
  for (const { moment, sizeBytes } of uses) {
    if (moment === "fixture") others += sizeBytes - previous;
    previous = sizeBytes;
    most = Math.max(most, sizeBytes - others);
  }
  return most;
}

function bytesOf({ allocatedBytesPerBank, banks }: TypeUsage): number {
  return allocatedBytesPerBank * banks;
}
