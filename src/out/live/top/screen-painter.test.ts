import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, constants, createReadStream, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import xterm from "@xterm/headless";
import fc from "fast-check";
import { busyRun } from "../../../../fixtures/live/top-data.ts";
import { painted, type ScreenLine, span } from "./line.ts";
import { renderTop } from "./render.ts";
import { changedLines, ENTER_SCREEN, LEAVE_SCREEN, ScreenPainter } from "./screen-painter.ts";
import { INITIAL_STATE } from "./top-state.ts";

const [COLUMNS, ROWS] = [80, 24];

function write(terminal: xterm.Terminal, text: string): Promise<void> {
  return new Promise((resolve) => terminal.write(text, resolve));
}

/** The rows of a terminal as it shows them. */
function rowsOf({ buffer: { active } }: xterm.Terminal): readonly string[] {
  return Array.from({ length: ROWS }, (_, row) => active.getLine(row)?.translateToString(true).trimEnd() ?? "");
}

function frameOf(filter: string, isHelp: boolean, hasColor: boolean): readonly string[] {
  const state = { ...INITIAL_STATE, filter, page: isHelp ? ("help" as const) : ("overview" as const) };
  const frame = renderTop(busyRun(), state, { columns: COLUMNS, rows: ROWS });
  return frame.map((line) => painted(line, { hasColor, isUnicode: true }));
}

it("a terminal shows each frame whole, whichever was shown before, and is as it was afterwards", async () => {
  const states = fc.array(fc.tuple(fc.constantFrom("", "attention", "decode", "x"), fc.boolean()), {
    minLength: 1,
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(states, async (shown) => {
      const terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
      await write(terminal, "$ tt-memwatch top\r\n");
      await write(terminal, ENTER_SCREEN);
      let before: readonly string[] = [];
      for (const [filter, isHelp] of shown) {
        const frame = frameOf(filter, isHelp, true);
        await write(terminal, changedLines(before, frame));
        before = frame;
        assert.deepEqual(rowsOf(terminal), frameOf(filter, isHelp, false));
      }
      assert.equal(terminal.buffer.active.type, "alternate");
      await write(terminal, LEAVE_SCREEN);
      assert.equal(terminal.buffer.active.type, "normal");
      assert.deepEqual(rowsOf(terminal).slice(0, 2), ["$ tt-memwatch top", ""]);
      assert.equal(terminal.modes.wraparoundMode, true);
      terminal.dispose();
    }),
    { numRuns: 20 },
  );
});

it("only lines that have changed are written", () => {
  assert.equal(changedLines(["a", "b", "c"], ["a", "b", "c"]), "");
  assert.equal(changedLines(["a", "b", "c"], ["a", "x", "c"]), "\x1b[2;1H\x1b[Kx");
});

/** A pipe that nobody reads until `read` is asked for all of it, which says when it has what is waited for. */
function pipe(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "painter-"));
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [path]);
  const fd = openSync(path, constants.O_RDWR);
  t.after(() => {
    // Ends the read that is under way.
    writeSync(fd, "\n");
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });
  const read = async (end: string): Promise<string> => {
    const reader = createReadStream(path, { encoding: "utf8" });
    let text = "";
    for await (const chunk of reader) {
      text += chunk;
      if (text.endsWith(end)) break;
    }
    return text;
  };
  return { fd, read };
}

it("a terminal that takes nothing for a while gets the frame it was at, and then the newest", {
  timeout: 20_000,
}, async (t) => {
  const { fd, read } = pipe(t);
  const painter = new ScreenPainter(fd, { hasColor: false, isUnicode: true });
  // More than a pipe holds: what is written waits for who reads.
  const frameOf = (name: string): ScreenLine[] =>
    Array.from({ length: 50 }, (_, row) => [span(`${name}${row} ${"█".repeat(2_000)}`)]);
  for (let number = 0; number <= 100; number += 1) painter.show(frameOf(`frame ${number} row `));
  const text = await read(`frame 100 row 49 ${"█".repeat(2_000)}\x1b[?2026l`);
  assert.deepEqual([...new Set([...text.matchAll(/frame (\d+) row/g)].map(([, number]) => number))], ["0", "100"]);
});
