import type { Look, TestRecord } from "../model/run-record.ts";
import type { Growth } from "./growth.ts";

/**
 * Net growth of the growth's memory type on its chips, in bytes on each chip: in `test` itself, then in each of its repeats. Empty where it
 * was not repeated. A repeat that could not be measured ends the list: what comes after it compares with nothing.
 *
 * Net, by the allocator's own totals: a value that takes the place of its like has grown once.
 */
export function growthInRepeats(growth: Growth, test: TestRecord, attempts: readonly TestRecord[]): number[] {
  const own = attempts.indexOf(test);
  const after = attempts.slice(own + 1);
  const end = after.findIndex(({ repeat }) => repeat === 0);
  const repeats = end === -1 ? after : after.slice(0, end);
  if (test.repeat > 0 || repeats.length === 0) return [];
  const grown = [test, ...repeats].map((attempt) => netGrowth(growth, attempt));
  const missing = grown.indexOf(null);
  const known = grown.slice(0, missing === -1 ? grown.length : missing).flatMap((bytes) => bytes ?? []);
  return known.length > 1 ? known : [];
}

function netGrowth({ device, memoryType }: Growth, test: TestRecord): number | null {
  if (test.outcome === null || test.outcome === "skipped" || test.notChecked.length > 0) return null;
  // A device of the test's own is another one in each repeat; which chips it has stays the same.
  const sameChips = test.devices.filter(
    (other) =>
      String(other.device.chips) === String(device.chips) && isMesh(other.device.parent) === isMesh(device.parent),
  );
  if (sameChips.length === 0) return null;
  return sameChips.reduce((sum, { looks }) => sum + held(looks.at(-1), memoryType) - held(looks[0], memoryType), 0);
}

function isMesh(parent: number | null): boolean {
  return parent !== null;
}

function held(look: Look | undefined, memoryType: Growth["memoryType"]): number {
  const usage = look?.usage.find((each) => each.memoryType === memoryType);
  return usage === undefined ? 0 : usage.allocatedBytesPerBank * usage.banks;
}
