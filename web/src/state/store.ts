import { computed, signal } from "@preact/signals";
import type { PageCause } from "../../../src/core/model/page.ts";
import type { RunCourse, ShownRun } from "../data/page-run.ts";
import { peakNs } from "../model/curve.ts";
import { liveRows } from "../model/live-rows.ts";
import { fullestOf, type Memory, memoryOfCause } from "../model/memories.ts";
import { matches } from "../model/search.ts";
import { FIRST_STATE, type ViewState } from "./view-state.ts";

/** Where the page's data comes from, and how that goes. */
export type Connection =
  | { readonly kind: "file" }
  | { readonly kind: "live" }
  | { readonly kind: "ended" }
  | { readonly kind: "lost" };

// The page's state. Views read it; what a person does goes through `change`.

export const shown = signal<ShownRun | null>(null);
export const connection = signal<Connection>({ kind: "file" });
export const viewState = signal<ViewState>(FIRST_STATE);
export const isHelpOpen = signal(false);

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

export const endNs = computed(() => course.value?.timeline.endNs ?? 0);

/** Where nobody put the cursor, it is at the end of a run that goes on, and at the peak of one that has ended. */
const restNs = computed(() => {
  const { timeline } = course.value ?? {};
  if (
    timeline === undefined ||
    memory.value === null ||
    connection.value.kind === "live" ||
    connection.value.kind === "lost"
  )
    return endNs.value;
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

/** When each buffer of the cause that is chosen was allocated in the memory that is shown; ns. */
export const chosenBirths = computed<readonly number[]>(() => {
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
