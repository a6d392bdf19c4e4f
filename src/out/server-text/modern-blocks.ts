import { count } from "../../core/base/count.ts";
import type { DeviceCounters, EndedProcess, StatisticsView } from "../../core/model/server-view.ts";
import { bytesText } from "./modern-events.ts";

const HEAD = ["device", "buffers", "DRAM", "L1", "L1_SMALL+SYSTEM", "TRACE", "CBs", "kernels"] as const;

/** A table of what each device holds; one line when nothing is held. */
export function statisticsLines({ devices, active }: StatisticsView): readonly string[] {
  const live = `live buffers: ${active}`;
  if (devices.length === 0) return [live];
  const rows = [HEAD, ...devices.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return [...rows.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  ")), live];
}

function cells(counters: DeviceCounters): readonly string[] {
  const { device, buffers, dramBytes, l1Bytes, l1SmallBytes, traceBytes, cbBytes, kernelBytes } = counters;
  const bytes = [dramBytes, l1Bytes, l1SmallBytes, traceBytes, cbBytes, kernelBytes];
  return [String(device), String(buffers), ...bytes.map(bytesText)];
}

/** One line: what a process that ended left behind. */
export function endedLine({ pid, ...left }: EndedProcess): string {
  const parts = [
    part(left.buffers, "buffer", left.bufferBytes),
    part(left.cbs, "circular buffer", left.cbBytes),
    part(left.kernels, "kernel", left.kernelBytes),
  ].filter((each) => each !== "");
  return `PID ${pid} ended and left ${parts.length === 0 ? "nothing" : parts.join(", ")}`;
}

function part(amount: number, what: string, sizeBytes: bigint): string {
  return amount === 0 ? "" : `${count(amount, what)} (${bytesText(sizeBytes)})`;
}
