import { byVerdict } from "../../../core/model/finding-order.ts";
import type {
  LiveBuffer,
  LiveCause,
  LiveDevice,
  LiveProcess,
  LiveSnapshot,
} from "../../../core/model/live-snapshot.ts";
import type { TopState } from "./top-state.ts";

/** A program that is looked at: its last snapshot, and what came before. */
export interface TopSource {
  readonly snapshot: LiveSnapshot;
  /** Whether it sends no more. */
  readonly isGone: boolean;
  /** Since it reported anything; null: it reports nothing by itself. */
  readonly silentMs: number | null;
  historyOf(memoryName: string): readonly number[];
}

/** Where a recording is. */
export interface TopPosition {
  /** From 1. */
  readonly frame: number;
  readonly frames: number;
  /** How much of it was read, from 0 to 1; null: all of it. */
  readonly readPart: number | null;
}

/** All that there is to look at. */
export interface TopData {
  readonly sources: readonly TopSource[];
  /** null: it is reported while it happens. */
  readonly position: TopPosition | null;
}

export interface ShownDevice {
  readonly source: TopSource;
  readonly device: LiveDevice;
  readonly label: string;
}

export interface ShownProcess {
  readonly source: TopSource;
  readonly process: LiveProcess;
}

/** What is shown of it: of what is looked at alone, as far as the filter lets it through, in the order that was asked for. */
export interface TopView {
  readonly sources: readonly TopSource[];
  readonly devices: readonly ShownDevice[];
  /** Those that run a test come first. */
  readonly processes: readonly ShownProcess[];
  readonly causes: readonly LiveCause[];
  readonly buffers: readonly LiveBuffer[];
  /** Causes and buffers that the filter or the focus keep out. */
  readonly hidden: number;
}

export function topView({ sources }: TopData, state: TopState): TopView {
  const focused = sources.filter((source) => state.source === null || source.snapshot.source.pid === state.source);
  const devices = focused.flatMap((source) => source.snapshot.devices.map((device) => ({ source, device })));
  const processes = focused.flatMap((source) => source.snapshot.processes.map((process) => ({ source, process })));
  const isShown = filterOf(state);
  const causes = focused.flatMap(({ snapshot }) => snapshot.causes.list);
  const buffers = focused.flatMap(({ snapshot }) => snapshot.largest);
  const shownCauses = causes.filter(isCauseShown(state, isShown));
  const shownBuffers = buffers.filter(isBufferShown(state, isShown));
  return {
    sources: focused,
    devices: devices
      .filter(({ device }) => isDeviceShown(state, device))
      .map((shown) => ({ ...shown, label: labelOf(shown.device, devices) })),
    processes: processes
      .filter(({ process }) => isProcessShown(state, isShown, process))
      .toSorted((a, b) => Number(a.process.running === null) - Number(b.process.running === null)),
    causes: shownCauses.toSorted(CAUSE_ORDERS[state.sort]),
    buffers: shownBuffers.toSorted((a, b) => b.sizeBytes - a.sizeBytes),
    hidden: causes.length + buffers.length - shownCauses.length - shownBuffers.length,
  };
}

const CAUSE_ORDERS: Readonly<Record<TopState["sort"], (a: LiveCause, b: LiveCause) => number>> = {
  severity: (a, b) => byVerdict(a, b) || b.sizeBytes - a.sizeBytes,
  bytes: (a, b) => b.sizeBytes - a.sizeBytes,
  findings: (a, b) => b.findings - a.findings || b.sizeBytes - a.sizeBytes,
};

type IsShown = (...texts: readonly (string | null)[]) => boolean;

/** Whether the filter is in one of the texts, in small letters or capitals. */
function filterOf({ filter }: TopState): IsShown {
  const wanted = filter.toLowerCase();
  return (...texts) => wanted === "" || texts.some((text) => text?.toLowerCase().includes(wanted));
}

function isCauseShown({ test }: TopState, isShown: IsShown): (cause: LiveCause) => boolean {
  return (cause) => {
    const { verdict, known, memoryType, operation, line, holder, evidence } = cause;
    return (
      (test === null || cause.test === test) &&
      isShown(
        verdict,
        known === null ? null : `known ${known.reason} ${known.ref ?? ""}`,
        memoryType,
        operation,
        line?.file ?? null,
        holder,
        cause.test,
        evidence,
      )
    );
  };
}

function isBufferShown({ device, process, test }: TopState, isShown: IsShown): (buffer: LiveBuffer) => boolean {
  return (buffer) => {
    const isFocused =
      (device === null || buffer.device === device) &&
      (process === null || buffer.pid === process) &&
      (test === null || buffer.test === test);
    const { memoryType, operation, line, holder, fixture } = buffer;
    return isFocused && isShown(memoryType, operation, line?.file ?? null, holder, buffer.test, fixture);
  };
}

function isDeviceShown({ device: number, process }: TopState, { device, pid }: LiveDevice): boolean {
  return (number === null || device === number) && (process === null || pid === null || pid === process);
}

/** Of processes that have ended, those that are looked at. */
function isProcessShown({ process: pid, test }: TopState, isShown: IsShown, process: LiveProcess): boolean {
  const running = process.running?.test ?? null;
  const isFocused = (pid === null || process.pid === pid) && (test === null || running === test);
  return isFocused && (process.state !== "ended" || pid !== null) && isShown(running, process.worker, `${process.pid}`);
}

/** Its number, and whose it is where several processes have one of that number. */
function labelOf({ device, openedAs, pid }: LiveDevice, all: readonly { readonly device: LiveDevice }[]): string {
  const number = openedAs === null ? `${device}` : `id ${openedAs}`;
  const alike = all.filter((each) => each.device.device === device && each.device.openedAs === openedAs);
  return alike.length < 2 || pid === null ? number : `${number}:${pid}`;
}
