import type { Finding } from "../../../core/model/finding.ts";
import type { TypeUsage } from "../../../core/model/measurement.ts";
import { MEMORY_TYPES, type MemoryType } from "../../../core/model/memory-type.ts";
import type { DeviceOfTest, RunReport, TestReport } from "../../../core/model/run-report.ts";

/** What one test found and left on one device in one memory type. */
export interface HeldPoint {
  /** Position among all tests of the run, from 1. */
  readonly number: number;
  readonly test: TestReport;
  /** Bytes on each chip. */
  readonly beforeBytes: number;
  readonly afterBytes: number;
  /** What was found about this test, device and memory type. */
  readonly findings: readonly Finding[];
}

/** What one picture shows. */
export interface ChartedSeries {
  readonly points: readonly HeldPoint[];
  /** The most that was ever held. */
  readonly peakBytes: number;
}

/** Memory of one type on one device, test by test. A sub-mesh has an allocator, and so a series, of its own. */
export interface HeldSeries extends ChartedSeries {
  readonly memoryType: MemoryType;
  readonly chips: readonly number[];
  readonly device: number;
  readonly worker: string | null;
}

interface Look {
  readonly number: number;
  readonly test: TestReport;
  readonly device: DeviceOfTest;
}

/** Every series in which memory was held at all, in the order of memory types, each in the order of the devices' use. */
export function heldSeries({ tests, findings }: RunReport): readonly HeldSeries[] {
  const looks = tests.flatMap((test, index) =>
    test.devices.map((device): Look => ({ number: index + 1, test, device })),
  );
  const byDevice = [...Map.groupBy(looks, ({ test, device }) => `${test.worker} ${device.chips}`).values()];
  const byPlace = Map.groupBy(findings, placeOf);
  return MEMORY_TYPES.flatMap((memoryType) => byDevice.flatMap((ofDevice) => seriesOf(memoryType, ofDevice, byPlace)));
}

function seriesOf(
  memoryType: MemoryType,
  looks: readonly Look[],
  findings: ReadonlyMap<string, readonly Finding[]>,
): readonly HeldSeries[] {
  const [first] = looks;
  if (first === undefined) return [];
  const points = looks.map(({ number, test, device }): HeldPoint => {
    const place = { test: test.test, attempt: test.attempt, chips: device.chips, memoryType };
    return {
      number,
      test,
      beforeBytes: heldBytes(device.before, memoryType),
      afterBytes: heldBytes(device.after, memoryType),
      findings: findings.get(placeOf(place)) ?? [],
    };
  });
  const peakBytes = points.reduce((so, { beforeBytes, afterBytes }) => Math.max(so, beforeBytes, afterBytes), 0);
  if (peakBytes === 0) return [];
  const { chips, device } = first.device;
  return [{ memoryType, chips, device, worker: first.test.worker, points, peakBytes }];
}

function placeOf({
  test,
  attempt,
  chips,
  memoryType,
}: Pick<Finding, "test" | "attempt" | "chips" | "memoryType">): string {
  return JSON.stringify([test, attempt, chips, memoryType]);
}

/** Bytes held of one memory type, on each chip. */
export function heldBytes(usage: readonly TypeUsage[], memoryType: MemoryType): number {
  return usage
    .filter((each) => each.memoryType === memoryType)
    .reduce((sum, { allocatedBytesPerBank, banks }) => sum + allocatedBytesPerBank * banks, 0);
}
