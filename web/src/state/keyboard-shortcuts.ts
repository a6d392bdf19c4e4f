import { MEMORY_TYPES } from "../../../src/core/model/memory-type.ts";
import type { Memory } from "../model/memories.ts";
import { LAYERINGS } from "../model/timeline-layers.ts";
import { moveToEnd, moveToEvent, moveToOutermostEvent, moveToPeak, moveToTest } from "./move-cursor.ts";
import { reveal } from "./scroll-to-part.ts";
import { causes, change, chosenCause, course, cursorNs, endNs, isHelpOpen, memory, viewState } from "./store.ts";
import { VIEWS } from "./view-state.ts";

/** What a key does. */
interface KeyRow {
  readonly keys: readonly string[];
  readonly help: string;
  readonly run: (key: string) => void;
}

/** Every key of the page; the help lists them in this order. */
export const KEYS: readonly KeyRow[] = [
  { keys: ["/"], help: "search the causes", run: () => focusOn("search") },
  { keys: ["j", "k"], help: "next and previous cause", run: (key) => moveCause(key === "j" ? 1 : -1) },
  { keys: ["Enter"], help: "to the detail of the cause", run: () => focusOn("detail") },
  { keys: ["h", "l"], help: "cursor to the previous and next test", run: (key) => moveToTest(key === "l" ? 1 : -1) },
  {
    keys: ["ArrowLeft", "ArrowRight"],
    help: "cursor to the previous and next event, however far it is zoomed",
    run: (key) => moveToEvent(key === "ArrowRight" ? 1 : -1),
  },
  {
    keys: ["Home", "End"],
    help: "cursor to the first and the last event",
    run: (key) => moveToOutermostEvent(key === "Home" ? "first" : "last"),
  },
  { keys: ["[", "]"], help: "zoom the timeline in and out", run: (key) => zoom(key === "[" ? 0.5 : 2) },
  { keys: ["0"], help: "all of the timeline", run: () => change({ range: null }) },
  { keys: ["s"], help: "stack the timeline by type, line, test, or not", run: nextLayering },
  {
    keys: ["f"],
    help: "the largest free piece on the timeline",
    run: () => change({ hasFree: !viewState.value.hasFree }),
  },
  { keys: ["d"], help: "next device", run: () => nextMemory(({ device, pid }) => `${device} ${pid}`) },
  { keys: ["m"], help: "next memory type", run: nextType },
  {
    keys: ["p", "e"],
    help: "cursor to the peak, and to the end",
    run: (key) => (key === "p" ? moveToPeak() : moveToEnd()),
  },
  {
    keys: VIEWS.map((_, index) => String(index + 1)),
    help: "the views below",
    run: (key) => openView(Number(key) - 1),
  },
  { keys: ["?"], help: "this help", run: () => (isHelpOpen.value = !isHelpOpen.value) },
  { keys: ["Escape"], help: "close, clear, or back to the page", run: back },
];

/** Keys that scroll what is scrolled by itself. */
const SCROLLING: readonly string[] = ["ArrowLeft", "ArrowRight", "Home", "End"];

/** Where a key is typed as text, or does something else already, it means that. */
export function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target instanceof HTMLElement ? event.target : null;
  if (SCROLLING.includes(event.key) && (event.shiftKey || target?.closest(".scroll, dialog") != null)) return;
  const isTyping = target?.matches("input:not([type=checkbox], [type=range]), select") === true;
  if (isTyping && event.key !== "Escape") return;
  if (event.key === "Enter" && target?.matches("button, summary, input") === true) return;
  const row = KEYS.find(({ keys }) => keys.includes(event.key));
  if (row === undefined) return;
  event.preventDefault();
  row.run(event.key);
}

function focusOn(id: string): void {
  document.getElementById(id)?.focus();
}

function openView(index: number): void {
  const view = VIEWS[index];
  if (view === undefined) return;
  change({ view });
  document.getElementById(`tab-${view}`)?.focus({ preventScroll: true });
  reveal("views", "start");
}

function moveCause(by: number): void {
  const all = causes.value;
  const now = all.findIndex((cause) => cause.id === chosenCause.value?.id);
  const next = all[Math.min(Math.max(now + by, 0), all.length - 1)];
  if (next === undefined) return;
  change({ cause: next.id });
  document.getElementById(`cause-${all.indexOf(next)}`)?.scrollIntoView({ block: "nearest" });
}

/** Around the cursor. */
function zoom(factor: number): void {
  const [from, to] = viewState.value.range ?? [0, endNs.value];
  const length = Math.max((to - from) * factor, 1);
  if (length >= endNs.value) {
    change({ range: null });
    return;
  }
  const begin = Math.min(Math.max(cursorNs.value - length / 2, 0), endNs.value - length);
  change({ range: [begin, begin + length] });
}

/** To the first memory of the next place. */
function nextMemory(placeOf: (memory: Memory) => string): void {
  const { memories = [] } = course.value ?? {};
  const places = [...new Set(memories.map(placeOf))];
  if (memory.value === null) return;
  const next = places[(places.indexOf(placeOf(memory.value)) + 1) % places.length];
  change({ memory: memories.find((each) => placeOf(each) === next)?.key ?? null });
}

function nextType(): void {
  const now = memory.value;
  if (now === null) return;
  const { memories = [] } = course.value ?? {};
  const own = memories.filter(({ device, pid }) => device === now.device && pid === now.pid);
  const types = MEMORY_TYPES.filter((type) => own.some(({ memoryType }) => memoryType === type));
  const next = types[(types.indexOf(now.memoryType) + 1) % types.length];
  change({ memory: own.find(({ memoryType }) => memoryType === next)?.key ?? null });
}

function nextLayering(): void {
  const next = (LAYERINGS.indexOf(viewState.value.layering) + 1) % LAYERINGS.length;
  change({ layering: LAYERINGS[next] ?? "none" });
}

function back(): void {
  if (isHelpOpen.value) {
    isHelpOpen.value = false;
    return;
  }
  // What is typed next is a key again.
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  if (viewState.value.query !== "") change({ query: "" });
}
