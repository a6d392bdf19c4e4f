import { jsonBytes } from "../../core/base/bytes.ts";
import type { ServerFinding } from "../../core/model/server-finding.ts";
import {
  BUFFER_TYPE_NAMES,
  type DeadProcess,
  type DoubleFreed,
  type LiveBuffer,
  type StatisticsView,
} from "../../core/model/server-view.ts";
import type { ServerAnswer } from "../../in/wire/server-requests.ts";

// What an allocation server has on its books, as its answers have it.

export function bufferAnswer({ device, typeIndex, address, sizeBytes, pid, refCount }: LiveBuffer): ServerAnswer {
  return {
    kind: "buffer",
    device,
    memoryType: BUFFER_TYPE_NAMES[typeIndex] ?? "unknown",
    address: `0x${address.toString(16)}`,
    sizeBytes: jsonBytes(sizeBytes),
    pid,
    refCount,
  };
}

export function findingAnswer(finding: ServerFinding): ServerAnswer {
  return { kind: "finding", ...finding, sizeBytes: jsonBytes(finding.sizeBytes), pids: [...finding.pids] };
}

export function doubleFreedAnswer({ device, address, history: { allocs, frees, events } }: DoubleFreed): ServerAnswer {
  const told = events.map((event) => ({ ...event, sizeBytes: jsonBytes(event.sizeBytes) }));
  return { kind: "double-freed", device, address: `0x${address.toString(16)}`, allocs, frees, events: told };
}

export function deadAnswer(dead: DeadProcess) {
  return { pid: dead.pid, buffers: dead.buffers, sizeBytes: jsonBytes(dead.bufferBytes) };
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
