import { computed, signal } from "@preact/signals";
import type { PageCause, PageNow, PageShortage } from "../../../src/core/model/page.ts";
import type { RunCourse, ShownRun } from "../data/shown-run.ts";
import type { Banks } from "../model/address-map.ts";
import { type LargestFree, largestFree } from "../model/largest-free.ts";
import { groupName } from "../model/live-groups.ts";
import { liveRows } from "../model/live-rows.ts";
import { fullestOf, type Memory, memoryOfCause, memoryOfShortage } from "../model/memories.ts";
import { heldBytesAt, peakNs } from "../model/memory-curve.ts";
import { matches } from "../model/search-causes.ts";
import { type Layers, layersByGroup, layersByMemory, rowGroups } from "../model/timeline-layers.ts";
import { FIRST_STATE, type ViewState } from "./view-state.ts";

/** Where the page's data comes from, and how that goes. */
export type Connection =
  | { readonly kind: "file" }
  | { readonly kind: "live" }
  /** Of a recording that is served so much was read. */
  | { readonly kind: "reading"; readonly percent: number }
  | { readonly kind: "ended" }
  | { readonly kind: "lost" };

// The page's state. Views read it; what a person does goes through `change`.

export const shown = signal<ShownRun | null>(null);
export const connection = signal<Connection>({ kind: "file" });
/** What changes from moment to moment; null: nothing does. */
export const moment = signal<PageNow | null>(null);
export const viewState = signal<ViewState>(FIRST_STATE);
export const isHelpOpen = signal(false);
/** Whether what is in sight at first was drawn: the rest takes as long again, and comes after it. */
export const isBegun = signal(false);

export function change(difference: Partial<ViewState>): void {
  viewState.value = { ...viewState.value, ...difference };
}

/** One part of the state: who reads it is not asked again when another part changes. */
function part<Key extends keyof ViewState>(key: Key) {
  return computed<ViewState[Key]>(() => viewState.value[key]);
}

export const view = part("view");
export const query = part("query");
export const grouping = part("grouping");
export const shape = part("shape");
export const comparedNs = part("comparedNs");
export const layering = part("layering");
export const ofTest = part("ofTest");
const hasFree = part("hasFree");

export const course = computed<RunCourse | null>(() => shown.value?.course ?? null);

export const causes = computed<readonly PageCause[]>(() => {
  const { page } = shown.value ?? {};
  if (page === undefined) return [];
  return page.causes.filter((cause) => matches(cause, page, query.value));
});

export const chosenCause = computed<PageCause | null>(() => {
  const all = causes.value;
  return all.find(({ id }) => id === viewState.value.cause) ?? all[0] ?? null;
});

/** Of the timeline and all that follows it: where nobody chose one, that of the cause, so that what it shows belongs together. */
export const memory = computed<Memory | null>(() => {
  const { page, course: known } = shown.value ?? {};
  if (page === undefined || !known) return null;
  const { memories } = known;
  const own = chosenCause.value === null ? null : memoryOfCause(chosenCause.value, page, memories);
  return memories.find(({ key }) => key === viewState.value.memory) ?? own ?? fullestOf(memories);
});

/** How the memory that is shown is laid out; null: no test measured it. */
export const banks = computed<Banks | null>(() => {
  for (const { held } of shown.value?.page.tests ?? []) {
    const found = held.find(
      ({ device, memoryType }) => device === memory.value?.device && memoryType === memory.value.memoryType,
    );
    if (found !== undefined && found.banks > 0) return found;
  }
  return null;
});

export const endNs = computed(() => course.value?.timeline.endNs ?? 0);

/** Whether what is shown may become more: a run goes on, a recording is read, or nobody knows. */
const isGrowing = computed(() => ["live", "reading", "lost"].includes(connection.value.kind));

/** Where nobody put the cursor, it is at the end of what may become more, and else at the peak. */
const restNs = computed(() => {
  const { timeline } = course.value ?? {};
  if (timeline === undefined || memory.value === null || isGrowing.value) return endNs.value;
  return peakNs(timeline, memory.value.index);
});

export const cursorNs = computed(() => Math.min(viewState.value.cursorNs ?? restNs.value, endNs.value));

/** Rows that were live at the cursor in the memory that is shown. */
export const live = computed<readonly number[]>(() => rowsAt(cursorNs.value));

/** Rows that were live in the memory that is shown. */
export function rowsAt(atNs: number): readonly number[] {
  const { timeline } = course.value ?? {};
  const index = memory.value?.index;
  return timeline === undefined || index === undefined ? [] : liveRows(timeline.allocations, index, atNs);
}

/** What the memory that is shown held at the cursor. */
export const heldBytes = computed<number>(() => {
  const { timeline } = course.value ?? {};
  if (timeline === undefined || memory.value === null) return 0;
  return heldBytesAt(timeline, memory.value.index, live.value, cursorNs.value);
});

/** When each buffer of the cause that is chosen was allocated in the memory that is shown; ns. Of all buffers it is asked whose they are. */
export const chosenBirths = computed<readonly number[]>(() => {
  if (!isBegun.value) return [];
  const { timeline, owners } = course.value ?? {};
  const index = memory.value?.index;
  const cause = chosenCause.value === null ? -1 : (shown.value?.page.causes.indexOf(chosenCause.value) ?? -1);
  if (timeline === undefined || owners === undefined || cause === -1) return [];
  const { rows, bornNs, series } = timeline.allocations;
  const births = new Set<number>();
  for (let row = 0; row < rows; row++) {
    if (series[row] === index && owners.cause(row) === cause) births.add(bornNs[row] ?? 0);
  }
  return [...births];
});

/** Index of the test of the timeline that ran at the cursor, last begun first; null: none did. */
export const testAtCursor = computed<number | null>(() => {
  const tests = course.value?.timeline.tests ?? [];
  const at = cursorNs.value;
  const index = tests.findLastIndex(({ beginNs, endNs: ended }) => beginNs <= at && (ended ?? Infinity) >= at);
  return index === -1 ? null : index;
});

/** The allocation that failed at the cursor in the memory that is shown, where it is chosen; null: none is. */
export const failedHere = computed<PageShortage | null>(() => {
  const failed = shown.value?.page.shortages[viewState.value.failed ?? -1];
  if (failed === undefined || failed.atNs !== cursorNs.value) return null;
  return memoryOfShortage(failed, course.value?.memories ?? [])?.key === memory.value?.key ? failed : null;
});

/** The largest free piece of the memory that is shown over time, where it is asked for and known. */
export const free = computed<LargestFree | null>(() => {
  const { timeline } = course.value ?? {};
  if (!hasFree.value || timeline === undefined || memory.value === null || banks.value === null) return null;
  return largestFree(timeline, memory.value.index, banks.value);
});

/** The groups of the memory that is shown, where the timeline is in layers of them. */
const layerGroups = computed(() => {
  const { timeline, owners } = course.value ?? {};
  const by = layering.value;
  if (timeline === undefined || owners === undefined || memory.value === null) return null;
  if (by !== "line" && by !== "test") return null;
  return rowGroups(timeline, memory.value.index, (row) => groupName(row, by, owners));
});

/** The layers that the timeline is in, from one time to another; null: it is in none. */
export function layersOf(fromNs: number, toNs: number): Layers | null {
  const now = memory.value;
  if (course.value === null || now === null || layering.value === "none") return null;
  if (layering.value === "type") {
    const own = course.value.memories.filter(({ device, pid, opening }) => {
      return device === now.device && pid === now.pid && opening === now.opening;
    });
    return layersByMemory(course.value, own, fromNs, toNs);
  }
  return layerGroups.value === null ? null : layersByGroup(course.value, now.index, layerGroups.value, fromNs, toNs);
}
