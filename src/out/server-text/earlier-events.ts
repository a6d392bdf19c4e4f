import { assertNever } from "../../core/base/assert-never.ts";
import { megabytes } from "../../core/base/earlier-text.ts";
import { BUFFER_TYPE_NAMES, KERNEL_TYPE_NAMES } from "../../core/model/buffer-type.ts";
import type { BufferEvent, HistoryEvent } from "../../core/model/server-view.ts";
import type { EarlierStyle } from "./earlier-style.ts";
import { type ServerText, textOf } from "./flavour.ts";

/** Events of a buffer's history that are printed with it. */
export const EVENTS_LISTED_MAX = 5;

/** One event as the earlier server wrote it. */
export function earlierEvent(event: BufferEvent, style: EarlierStyle): ServerText {
  if (event.outcome === "refused") return { out: "", err: textOf([refusal(event, style)]) };
  return { out: textOf(lines(event, style)), err: "" };
}

/** One event of a history, without its indentation. */
export function historyText({ kind, sizeBytes, pid, refCount }: HistoryEvent): string {
  return `${kind} size=${sizeBytes} pid=${pid} ref=${refCount}`;
}

function lines(event: BufferEvent, style: EarlierStyle): readonly string[] {
  const { device: d } = event;
  switch (event.outcome) {
    case "allocated":
      return [`${allocated(event)} (buffer_id=${id(event, style)})`];
    case "referenced":
      return [
        ...changedSize(event, style),
        `${allocated(event)} (buffer_id=${id(event, style)}, ref_count=${event.refCount})`,
      ];
    case "released":
      return [`${freed(event, style)} (${event.sizeBytes} bytes, ref_count=${event.refCount} remaining)`];
    case "freed":
      return [`${freed(event, style)} (${event.sizeBytes} bytes, FINAL)`];
    case "double-free":
      return event.history !== null && style.isEnhanced ? doubleFree(event) : [unknownFree(event, style)];
    case "unknown-free":
    case "foreign-free":
      return [unknownFree(event, style)];
    case "cb-allocated":
      return [`✓ [CB_ALLOC] Device ${d}: +${change(event)}`];
    case "cb-freed":
      return [`✗ [CB_FREE] Device ${d}: -${change(event)}`];
    case "kernel-loaded":
      return [`✓ [KERNEL_LOAD] ${kernelType(event)} kernel on Device ${d}: +${change(event)}`];
    case "kernel-unloaded":
      return [`✗ [KERNEL_UNLOAD] ${kernelType(event)} kernel on Device ${d}: -${change(event)}`];
    case "refused":
    case "ignored":
      return [];
    default:
      return assertNever(event.outcome);
  }
}

function id({ address }: BufferEvent, style: EarlierStyle): string {
  return style.hasHexIds ? `0x${address.toString(16)}` : String(address);
}

function allocated({ pid, sizeBytes, typeIndex, device }: BufferEvent): string {
  return `✓ [PID ${pid}] Allocated ${sizeBytes} bytes of ${BUFFER_TYPE_NAMES[typeIndex] ?? "UNKNOWN"} on device ${device}`;
}

/** The address is decimal here, unlike in every other line of the version that has it. */
function changedSize(event: BufferEvent, style: EarlierStyle): readonly string[] {
  const { pid, previousSizeBytes, sizeBytes, address, device } = event;
  if (previousSizeBytes === null || !style.isEnhanced) return [];
  const sizes = `old=${previousSizeBytes} new=${sizeBytes}`;
  return [`⚠ [PID ${pid}] Buffer reused with DIFFERENT size: ${sizes} (buffer_id=${address}, device=${device})`];
}

function freed(event: BufferEvent, style: EarlierStyle): string {
  return `✗ [PID ${event.pid}] Freed buffer ${id(event, style)} on device ${event.device}`;
}

function unknownFree(event: BufferEvent, style: EarlierStyle): string {
  const what = `Deallocation for unknown buffer ${id(event, style)} on device ${event.device}`;
  return `⚠ [PID ${event.pid}] ${what} (${style.unknownFreeReason})`;
}

function doubleFree({ pid, address, device, history }: BufferEvent): readonly string[] {
  const { allocs, frees, events } = history ?? { allocs: 0, frees: 0, events: [] };
  const what = `Deallocation for ALREADY FREED buffer 0x${address.toString(16)} on device ${device}`;
  return [
    // This free is counted, though it is not yet among the events.
    `⚠ [PID ${pid}] ${what} (allocs=${allocs} frees=${frees + 1})`,
    "   Last 5 events for this buffer:",
    ...events.slice(0, EVENTS_LISTED_MAX).map((each) => `     ${historyText(each)}`),
  ];
}

function change({ sizeBytes, totalBytes }: BufferEvent): string {
  return `${megabytes(sizeBytes)} MB (Total: ${megabytes(totalBytes)} MB)`;
}

function kernelType({ typeIndex }: BufferEvent): string {
  return KERNEL_TYPE_NAMES[typeIndex] ?? "Unknown";
}

function refusal(event: BufferEvent, { badBufferType }: EarlierStyle): string {
  const { pid, typeIndex, address, device } = event;
  if (event.refusal === "device") return `⚠️  Invalid device_id ${device} - ignoring message`;
  if (event.refusal === "size") return `⚠️  Invalid size ${event.sizeBytes} - ignoring message`;
  // No earlier server had a limit: the form is that of its other refusals.
  if (event.refusal === "full") return "⚠️  The books are full - ignoring message";
  const where = badBufferType === "with-pid-only" ? "" : ` for buffer ${address} on device ${device}`;
  const sign = badBufferType === "with-warning-sign" ? "⚠️ " : `⚠ [PID ${pid}]`;
  return `${sign} Invalid buffer_type ${typeIndex}${where}`;
}
