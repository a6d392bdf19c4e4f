import { formatBytes } from "../base/bytes.ts";
import { deviceId } from "../model/device.ts";
import { emptyFinding } from "../model/empty-finding.ts";
import type { Finding } from "../model/finding.ts";
import type { TypeUsage } from "../model/measurement.ts";
import type { Rules } from "../model/rules.ts";
import type { DeviceLooks, RunRecord, TestRecord } from "../model/run-record.ts";

/** What the allocator itself said. */
type UsageAsked = TypeUsage & { readonly largestFreeBytesPerBank: number };

/** Tests after which the totals came back but the largest free block did not. */
export function fragmentations(record: RunRecord, rules: Rules): Finding[] {
  return record.tests
    .filter((test) => test.outcome !== null && test.notChecked.length === 0 && test.repeat === 0)
    .flatMap((test) => test.devices.flatMap((device) => ofDevice(test, device, rules)));
}

function ofDevice(test: TestRecord, { device, looks }: DeviceLooks, rules: Rules): Finding[] {
  const [first, last] = [looks[0], looks.at(-1)];
  if (first === undefined || last === undefined) return [];
  return first.usage.flatMap((before) => {
    const after = last.usage.find(({ memoryType }) => memoryType === before.memoryType);
    if (
      after === undefined ||
      !isAsked(before) ||
      !isAsked(after) ||
      !isFragmented(before, after, rules.fragmentationMinShrink)
    )
      return [];
    return [{ ...finding(test, before, after), device: deviceId(device), chips: device.chips }];
  });
}

function isFragmented(before: UsageAsked, after: UsageAsked, minShrink: number): boolean {
  const cameBack = after.allocatedBytesPerBank <= before.allocatedBytesPerBank;
  return (
    cameBack &&
    before.largestFreeBytesPerBank - after.largestFreeBytesPerBank > minShrink * before.largestFreeBytesPerBank
  );
}

function isAsked(usage: TypeUsage): usage is UsageAsked {
  return usage.largestFreeBytesPerBank !== null;
}

function finding(test: TestRecord, before: UsageAsked, after: UsageAsked): Finding {
  const sizes = `${formatBytes(before.largestFreeBytesPerBank)} to ${formatBytes(after.largestFreeBytesPerBank)} per bank`;
  const evidence = `no more bytes are held than before, but the largest free block shrank from ${sizes}. Free in the opposite order of allocation, or keep small long-lived buffers out of the middle.`;
  const signature = `${before.memoryType}:fragmentation:${test.base}`;
  const empty = emptyFinding({ verdict: "fragmentation", evidence }, test.ref, signature);
  return { ...empty, memoryType: before.memoryType, banks: before.banks };
}
