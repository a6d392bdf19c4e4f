/** What the list below the devices is ordered by. */
export const SORTS = ["severity", "bytes", "findings"] as const;

/** The lists whose rows can be chosen, in the order in which they are shown. */
const LISTS = ["processes", "causes", "buffers"] as const;

/** What whoever looks on has asked for. */
export interface TopState {
  readonly sort: (typeof SORTS)[number];
  readonly filter: string;
  /** Whether what is typed goes to the filter. */
  readonly isTyping: boolean;
  readonly isPaused: boolean;
  /** `detail`: of the row that is chosen. */
  readonly page: "overview" | "help" | "detail";
  /** Lines of the page that are above the screen. */
  readonly scroll: number;
  readonly list: (typeof LISTS)[number];
  /** Row of that list that is chosen; null: none is. */
  readonly chosen: number | null;
  /** What is looked at alone, each by its number or name; null: all are. */
  readonly source: number | null;
  readonly device: number | null;
  readonly process: number | null;
  readonly test: string | null;
  /** Whether the program that started last is looked at alone, also when another one starts. */
  readonly isFollowing: boolean;
}

export const INITIAL_STATE: TopState = {
  ...{
    sort: "severity",
    filter: "",
    isTyping: false,
    isPaused: false,
    page: "overview",
    scroll: 0,
    list: "causes",
    chosen: null,
  },
  ...{ source: null, device: null, process: null, test: null, isFollowing: false },
};

/** What can be chosen from, as it is shown. */
export interface Choices {
  readonly sources: readonly number[];
  readonly devices: readonly number[];
  readonly processes: readonly number[];
  readonly tests: readonly string[];
  /** Rows of each list. */
  readonly rows: Readonly<Record<TopState["list"], number>>;
  /** Lines of the page that can be above the screen. */
  readonly scrollMax: number;
}

/** A key, as Node's readline names it, and what it writes. */
export interface Key {
  readonly name: string;
  readonly text: string;
}

/** Characters of a filter. */
const FILTER_CHARACTERS_MAX = 100;

/** Rows that a page is. */
const PAGE_ROWS = 10;

/** What a key makes of the state. Keys that end the program or move in a recording are not for it. */
export function press(state: TopState, key: Key, choices: Choices): TopState {
  if (state.isTyping) return type(state, key);
  if (state.page !== "overview") return scroll(state, key, choices.scrollMax);
  const moved = move(state, key, choices.rows[state.list]);
  if (moved !== null) return moved;
  switch (key.name) {
    case "f1":
    case "h":
    case "?":
      return { ...state, page: "help", scroll: 0 };
    case "f4":
    case "/":
      return { ...state, isTyping: true };
    case "f6":
    case "s":
      return { ...state, sort: next(SORTS, state.sort) ?? SORTS[0], chosen: null };
    case "p":
    case "space":
      return { ...state, isPaused: !state.isPaused };
    case "f":
      return { ...state, isFollowing: !state.isFollowing, source: state.isFollowing ? null : state.source };
    case "r":
      return { ...state, isFollowing: false, source: next(choices.sources, state.source), chosen: null };
    case "d":
      return { ...state, device: next(choices.devices, state.device), chosen: null };
    case "w":
      return { ...state, process: next(choices.processes, state.process), chosen: null };
    case "t":
      return { ...state, test: next(choices.tests, state.test), chosen: null };
    case "tab":
      return { ...state, list: next(LISTS, state.list) ?? LISTS[0], chosen: 0 };
    case "return":
      return state.chosen === null ? state : { ...state, page: "detail", scroll: 0 };
    case "escape":
      return { ...INITIAL_STATE, sort: state.sort, isPaused: state.isPaused };
    default:
      return state;
  }
}

const STEPS: Readonly<Record<string, number>> = {
  ...{ up: -1, k: -1, down: 1, j: 1, pageup: -PAGE_ROWS, pagedown: PAGE_ROWS },
  ...{ home: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY },
};

/** null: it moves nothing. */
function move(state: TopState, { name }: Key, rows: number): TopState | null {
  const step = STEPS[name];
  if (step === undefined) return null;
  if (rows === 0) return { ...state, chosen: null };
  const from = state.chosen ?? (step > 0 ? -1 : rows);
  return { ...state, chosen: Math.min(rows - 1, Math.max(0, from + step)) };
}

function type(state: TopState, { name, text }: Key): TopState {
  switch (name) {
    case "return":
      return { ...state, isTyping: false };
    case "escape":
      return { ...state, isTyping: false, filter: "", chosen: null };
    case "backspace":
      return { ...state, filter: [...state.filter].slice(0, -1).join(""), chosen: null };
    default: {
      if (!/^[^\p{Cc}\p{Cs}]+$/u.test(text)) return state;
      return { ...state, filter: (state.filter + text).slice(0, FILTER_CHARACTERS_MAX), chosen: null };
    }
  }
}

/** Any key that moves nothing goes back; the one that opened the page too. */
function scroll(state: TopState, { name }: Key, scrollMax: number): TopState {
  const step = STEPS[name];
  if (step === undefined) return { ...state, page: "overview", scroll: 0 };
  return { ...state, scroll: Math.min(scrollMax, Math.max(0, state.scroll + step)) };
}

/** The one after it, then none of them, then the first. */
function next<T>(all: readonly T[], now: T | null): T | null {
  if (now === null) return all[0] ?? null;
  const index = all.indexOf(now);
  return index === -1 ? (all[0] ?? null) : (all[index + 1] ?? null);
}
