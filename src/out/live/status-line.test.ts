import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, it } from "node:test";
import { Screen } from "../../../fixtures/terminal/screen.ts";
import type { RunStatus } from "../../core/model/run-status.ts";
import { type Clock, StatusLine } from "./status-line.ts";

/** A terminal that shows what is written to it. */
class Terminal extends EventEmitter {
  readonly screen: Screen;
  readonly isTTY: boolean;
  writes = 0;

  constructor(rows: number, columns: number, isTTY = true) {
    super();
    this.screen = new Screen(rows, columns);
    this.isTTY = isTTY;
  }

  get rows(): number {
    return this.screen.rows;
  }

  get columns(): number {
    return this.screen.columns;
  }

  write(text: string): void {
    this.writes += 1;
    this.screen.write(text);
  }

  resize(rows: number): void {
    this.screen.resize(rows);
    this.emit("resize");
  }
}

/** Time that passes only when told. */
class HandClock implements Clock {
  #nowMs = 0;
  #timers: { atMs: number; run: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  pass(ms: number): void {
    this.#nowMs += ms;
    const due = this.#timers.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#timers = this.#timers.filter(({ atMs }) => atMs > this.#nowMs);
    for (const { run } of due) run();
  }
}

const at = (testsDone: number): RunStatus => ({ testsDone, testsTotal: 9, heldBytes: {}, growths: 0, running: null });
const shown = (testsDone: number): string => `tt-memwatch  ${testsDone}/9 tests   nothing held   0 to judge`;

function open(terminal: Terminal, term = "xterm") {
  const clock = new HandClock();
  return { clock, line: new StatusLine(terminal, { term, color: false, clock }) };
}

describe("beside a program that writes", () => {
  for (const linesBefore of [0, 3, 7, 8, 20]) {
    it(`keeps the last row and every line of the program, begun after ${linesBefore} lines`, () => {
      const terminal = new Terminal(8, 60);
      const { line, clock } = open(terminal);
      const expected = Array.from({ length: linesBefore + 6 }, (_, index) => `line ${index}`);
      for (const text of expected.slice(0, linesBefore)) terminal.screen.write(`${text}\n`);
      line.update(at(1));
      for (const text of expected.slice(linesBefore)) {
        terminal.screen.write(`${text}\n`);
        clock.pass(1000);
        line.update(at(2));
      }
      const rows = terminal.screen.lines;
      assert.equal(rows.at(-1), shown(2));
      // The last line ended, so that the row above the status line is the empty one the cursor is in.
      const visible = [...expected, ""].slice(-7);
      assert.deepEqual(rows.slice(0, visible.length), visible);
    });
  }

  it("leaves a line that is being written as it is", () => {
    const terminal = new Terminal(8, 60);
    const { line } = open(terminal);
    terminal.screen.write("half");
    line.update(at(1));
    terminal.screen.write("-done\nnext");
    assert.deepEqual(terminal.screen.lines.slice(0, 2), ["half-done", "next"]);
  });

  it("gives the row back at the end", () => {
    const terminal = new Terminal(8, 60);
    const { line } = open(terminal);
    terminal.screen.write("before\n");
    line.update(at(1));
    line.close();
    terminal.screen.write("after\n");
    assert.deepEqual(terminal.screen.lines, ["before", "after", "", "", "", "", "", ""]);
    assert.ok(terminal.screen.isWholeScreenScrolling);
  });

  for (const rows of [6, 7, 9, 14]) {
    it(`moves to the last row when a terminal of 8 rows gets ${rows}`, () => {
      const terminal = new Terminal(8, 60);
      const { line } = open(terminal);
      for (let index = 0; index < 20; index++) terminal.screen.write(`line ${index}\n`);
      line.update(at(1));
      terminal.resize(rows);
      terminal.screen.write("line 20\nline 21\n");
      assert.equal(terminal.screen.lines.at(-1), shown(1));
      assert.equal(terminal.screen.lines.filter((text) => text.includes("memwatch")).length, 1);
      const program = terminal.screen.lines.slice(0, -1).filter((text) => text !== "");
      assert.deepEqual(
        program,
        Array.from({ length: program.length }, (_, index) => `line ${22 - program.length + index}`),
      );
      line.close();
      assert.ok(terminal.screen.isWholeScreenScrolling);
      assert.ok(!terminal.screen.lines.join().includes("memwatch"));
    });
  }
});

describe("repaints", () => {
  it("come at most every quarter of a second, with the newest status", () => {
    const terminal = new Terminal(8, 60);
    const { line, clock } = open(terminal);
    line.update(at(1));
    assert.equal(terminal.writes, 1);
    for (const done of [2, 3, 4]) line.update(at(done));
    clock.pass(249);
    assert.equal(terminal.screen.lines.at(-1), shown(1));
    clock.pass(1);
    assert.equal(terminal.screen.lines.at(-1), shown(4));
    assert.equal(terminal.writes, 2);
  });

  it("stop at the end", () => {
    const terminal = new Terminal(8, 60);
    const { line, clock } = open(terminal);
    line.update(at(1));
    line.update(at(2));
    line.close();
    const writes = terminal.writes;
    clock.pass(1000);
    line.update(at(3));
    line.close();
    terminal.resize(9);
    assert.equal(terminal.writes, writes);
    assert.equal(terminal.listenerCount("resize"), 0);
  });
});

describe("nothing is written", () => {
  const cases = [
    ["to what is not a terminal", new Terminal(8, 60, false), "xterm"],
    ["to a dumb terminal", new Terminal(8, 60), "dumb"],
    ["to a terminal of 5 rows", new Terminal(5, 60), "xterm"],
    ["to a terminal of 19 columns", new Terminal(8, 19), "xterm"],
  ] as const;
  for (const [title, terminal, term] of cases) {
    it(title, () => {
      const { line } = open(terminal, term);
      line.update(at(1));
      line.close();
      assert.equal(terminal.writes, 0);
    });
  }

  it("before there is something to show", () => {
    const terminal = new Terminal(8, 60);
    const { line } = open(terminal);
    terminal.resize(9);
    line.close();
    assert.equal(terminal.writes, 0);
  });
});

it("a terminal of 6 rows and 20 columns is enough", () => {
  const terminal = new Terminal(6, 20);
  open(terminal).line.update(at(1));
  assert.equal(terminal.screen.lines.at(-1), "tt-memwatch  1/9 t…");
});

it("goes when the terminal becomes too low, and comes back when it grows", () => {
  const terminal = new Terminal(8, 60);
  const { line, clock } = open(terminal);
  line.update(at(1));
  terminal.resize(5);
  assert.ok(terminal.screen.isWholeScreenScrolling);
  assert.ok(!terminal.screen.lines.join().includes("memwatch"));
  terminal.resize(8);
  clock.pass(1000);
  line.update(at(2));
  assert.equal(terminal.screen.lines.at(-1), shown(2));
});
