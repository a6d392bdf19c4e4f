import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Choices, INITIAL_STATE, press, type TopState } from "./top-state.ts";

const CHOICES: Choices = {
  sources: [100, 200],
  devices: [0, 1],
  processes: [4711],
  tests: ["t.py::a"],
  rows: { processes: 1, causes: 3, buffers: 0 },
  scrollMax: 4,
};

/** What keys make of the state at the beginning; a key of one character writes that character. */
function after(...names: readonly string[]): TopState {
  return names.reduce(
    (state, name) => press(state, { name, text: name.length === 1 ? name : "" }, CHOICES),
    INITIAL_STATE,
  );
}

function changeOf(...names: readonly string[]): Partial<TopState> {
  const state = after(...names);
  return Object.fromEntries(
    Object.entries(state).filter(([key, value]) => value !== INITIAL_STATE[key as keyof TopState]),
  );
}

describe("keys", () => {
  for (const [names, change] of [
    [["s"], { sort: "bytes" }],
    [["s", "f6"], { sort: "findings" }],
    [["s", "s", "s"], {}],
    [["p"], { isPaused: true }],
    [["space", "p"], {}],
    [["f1"], { page: "help" }],
    [["?", "x"], {}],
    [["?", "down", "j"], { page: "help", scroll: 2 }],
    [["?", "pagedown", "up"], { page: "help", scroll: 3 }],
    [["?", "end", "pageup"], { page: "help" }],
    [["?", "down", "x"], {}],
    [["d"], { device: 0 }],
    [["d", "d"], { device: 1 }],
    [["d", "d", "d"], {}],
    [["w"], { process: 4711 }],
    [["t"], { test: "t.py::a" }],
    [["r", "r"], { source: 200 }],
    [["f"], { isFollowing: true }],
    [["down"], { chosen: 0 }],
    [["j", "j", "k"], { chosen: 0 }],
    [["up"], { chosen: 2 }],
    [["down", "pagedown"], { chosen: 2 }],
    [["end", "home"], { chosen: 0 }],
    [["down", "return"], { chosen: 0, page: "detail" }],
    [["return"], {}],
    [["down", "return", "escape"], { chosen: 0 }],
    [["tab"], { list: "buffers", chosen: 0 }],
    [["tab", "down"], { list: "buffers" }],
    [["d", "down", "escape"], {}],
    [["s", "p", "d", "escape"], { sort: "bytes", isPaused: true }],
    [["/", "a", "b"], { isTyping: true, filter: "ab" }],
    [["/", "q", "backspace", "s", "return"], { filter: "s" }],
    [["/", "a", "escape"], {}],
    [["x"], {}],
  ] as const) {
    it(`${names.join(" ")} makes ${JSON.stringify(change)}`, () => assert.deepEqual(changeOf(...names), change));
  }
});

it("what is typed into the filter cannot act on the terminal, and has a limit", () => {
  const typed = press({ ...INITIAL_STATE, isTyping: true }, { name: "", text: "\u001b[2J" }, CHOICES);
  assert.equal(typed.filter, "");
  const long = press({ ...INITIAL_STATE, isTyping: true }, { name: "", text: "x".repeat(200) }, CHOICES);
  assert.equal(long.filter.length, 100);
});
