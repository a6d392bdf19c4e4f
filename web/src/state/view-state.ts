import { GROUPINGS, type Grouping } from "../model/live-groups.ts";
import { LAYERINGS, type Layering } from "../model/timeline-layers.ts";

/** The views below the workbench, in the order of their tabs. */
export const VIEWS = ["live", "map", "tests", "memory", "compare", "run"] as const;

export type View = (typeof VIEWS)[number];

export const SHAPES = ["table", "icicle", "treemap"] as const;

/** What is looked at: all of it is in the address, so that a link shows the same. */
export interface ViewState {
  readonly view: View;
  /** Key of the memory; null: nobody chose one. */
  readonly memory: string | null;
  /** Of the timeline; null: all of it. ns from the beginning. */
  readonly range: readonly [fromNs: number, toNs: number] | null;
  /** null: nobody put it anywhere. */
  readonly cursorNs: number | null;
  /** Id of the cause that is chosen; null: the first. */
  readonly cause: string | null;
  readonly query: string;
  readonly grouping: Grouping;
  readonly shape: (typeof SHAPES)[number];
  readonly isLog: boolean;
  readonly isPercent: boolean;
  /** By what the timeline is in layers. */
  readonly layering: Layering;
  /** Whether the timeline has the largest free piece. */
  readonly hasFree: boolean;
  /** The instant that the cursor is compared with; null: none is chosen. */
  readonly comparedNs: number | null;
  /** Index of the allocation that failed that the address map shows; null: none is chosen. */
  readonly failed: number | null;
  /** Of what is live, that of this test alone is shown; null: all. */
  readonly ofTest: string | null;
}

export const FIRST_STATE: ViewState = {
  view: "live",
  memory: null,
  range: null,
  cursorNs: null,
  cause: null,
  query: "",
  grouping: "line",
  shape: "table",
  isLog: false,
  isPercent: false,
  layering: "none",
  hasFree: false,
  comparedNs: null,
  failed: null,
  ofTest: null,
};

/** As the address has it after its #; what is as at first is left out. */
export function formatState(state: ViewState): string {
  const words = new URLSearchParams();
  const put = (name: string, value: string | null, first: string | null): void => {
    if (value !== null && value !== first) words.set(name, value);
  };
  put("view", state.view, FIRST_STATE.view);
  put("memory", state.memory, null);
  put("range", state.range?.map(Math.round).join("-") ?? null, null);
  put("at", numberText(state.cursorNs), null);
  put("cause", state.cause, null);
  put("search", state.query, "");
  put("by", state.grouping, FIRST_STATE.grouping);
  put("as", state.shape, FIRST_STATE.shape);
  put("log", state.isLog ? "1" : null, null);
  put("percent", state.isPercent ? "1" : null, null);
  put("stack", state.layering, FIRST_STATE.layering);
  put("free", state.hasFree ? "1" : null, null);
  put("with", numberText(state.comparedNs), null);
  put("test", state.ofTest, null);
  put("failed", numberText(state.failed), null);
  return words.toString();
}

function numberText(value: number | null): string | null {
  return value === null ? null : String(Math.round(value));
}

/** What an address says; whatever it says wrong is as at first. */
export function parseState(text: string): ViewState {
  const words = new URLSearchParams(text);
  const numberOf = (name: string): number | null => wholeOf(words.get(name));
  const [from = null, to = null] = (words.get("range") ?? "").split("-").map(wholeOf);
  return {
    view: VIEWS.find((each) => each === words.get("view")) ?? FIRST_STATE.view,
    memory: words.get("memory"),
    range: from !== null && to !== null && from < to ? [from, to] : null,
    cursorNs: numberOf("at"),
    cause: words.get("cause"),
    query: words.get("search") ?? "",
    grouping: GROUPINGS.find((each) => each === words.get("by")) ?? FIRST_STATE.grouping,
    shape: SHAPES.find((each) => each === words.get("as")) ?? FIRST_STATE.shape,
    isLog: words.get("log") === "1",
    isPercent: words.get("percent") === "1",
    layering: LAYERINGS.find((each) => each === words.get("stack")) ?? FIRST_STATE.layering,
    hasFree: words.get("free") === "1",
    comparedNs: numberOf("with"),
    failed: numberOf("failed"),
    ofTest: words.get("test"),
  };
}

function wholeOf(text: string | null | undefined): number | null {
  return text !== null && text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : null;
}
