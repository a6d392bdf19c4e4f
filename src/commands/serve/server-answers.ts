import { jsonBytes } from "../../core/base/bytes.ts";
import type { ServerFinding } from "../../core/model/server-finding.ts";
import type { ServerGroup } from "../../core/model/server-group.ts";
import type { DoubleFreed, EndedProcess, RemainingBuffer, StatisticsView } from "../../core/model/server-view.ts";
import type { ServerAnswer } from "../../in/wire/server-requests.ts";
import type { GrowthSince } from "./growth-since.ts";

// What an allocation server has on its books, as its answers have it.

export function growthAnswer({ births, groups }: GrowthSince): ServerAnswer {
  return { kind: "growth", births, groups: groups.map(groupOf) };
}

export function groupAnswer(group: ServerGroup): ServerAnswer {
  return { kind: "group", ...groupOf(group) };
}

function groupOf({ device, memoryType, buffers, sizeBytes }: ServerGroup): ServerGroup {
  return { device, memoryType, buffers, sizeBytes: jsonBytes(sizeBytes) };
}

export function bufferAnswer(
  { device, memoryType }: Pick<ServerGroup, "device" | "memoryType">,
  { address, sizeBytes, pid, refCount, origin }: Omit<RemainingBuffer, "history">,
): ServerAnswer {
  return {
    kind: "buffer",
    device,
    memoryType,
    address: `0x${address.toString(16)}`,
    sizeBytes: jsonBytes(sizeBytes),
    pid,
    refCount,
    origin: origin === null ? null : { ...origin, requestedBytes: jsonBytes(origin.requestedBytes) },
  };
}

export function findingAnswer(finding: ServerFinding): ServerAnswer {
  return { kind: "finding", ...finding, sizeBytes: jsonBytes(finding.sizeBytes), pids: [...finding.pids] };
}

export function doubleFreedAnswer({ device, address, history: { allocs, frees, events } }: DoubleFreed): ServerAnswer {
  const told = events.map((event) => ({ ...event, sizeBytes: jsonBytes(event.sizeBytes) }));
  return { kind: "double-freed", device, address: `0x${address.toString(16)}`, allocs, frees, events: told };
}

export function endedAnswer(ended: EndedProcess) {
  return { pid: ended.pid, buffers: ended.buffers, sizeBytes: jsonBytes(ended.bufferBytes) };
}

/** From counters alone, so that it takes no time. SYSTEM_MEMORY goes with L1_SMALL, as it is counted. */
export function devicesOf({ devices }: StatisticsView) {
  return devices.map(({ device, buffers, ...bytes }) => {
    const types = {
      DRAM: bytes.dramBytes,
      L1: bytes.l1Bytes,
      L1_SMALL: bytes.l1SmallBytes,
      TRACE: bytes.traceBytes,
      CB: bytes.cbBytes,
      KERNEL: bytes.kernelBytes,
    };
    const held = Object.entries(types).filter(([, sizeBytes]) => sizeBytes > 0n);
    return { device, buffers, sizeBytes: Object.fromEntries(held.map(([type, size]) => [type, jsonBytes(size)])) };
  });
}
