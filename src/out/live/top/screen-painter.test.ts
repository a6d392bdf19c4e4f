import assert from "node:assert/strict";
import { it } from "node:test";
import xterm from "@xterm/headless";
import fc from "fast-check";
import { busyRun } from "../../../../fixtures/live/top-data.ts";
import { painted } from "./line.ts";
import { renderTop } from "./render.ts";
import { changedLines, ENTER_SCREEN, LEAVE_SCREEN } from "./screen-painter.ts";
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
