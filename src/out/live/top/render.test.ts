import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { liveCause, liveDevice, liveMemory, liveProcess, liveSnapshot } from "../../../../fixtures/live/snapshots.ts";
import { busyRun, manyDevices, topSource } from "../../../../fixtures/live/top-data.ts";
import { assertGolden } from "../../../../fixtures/report/golden.ts";
import { type FrameSize, painted, widthOfLine } from "./line.ts";
import { renderTop, scrollMaxOf } from "./render.ts";
import { INITIAL_STATE, SORTS, type TopState } from "./top-state.ts";
import type { TopData } from "./top-view.ts";

const NOTHING: TopData = { sources: [], position: null };

function textOf(data: TopData, size: FrameSize, change: Partial<TopState> = {}, isUnicode = true): string {
  const frame = renderTop(data, { ...INITIAL_STATE, ...change }, size);
  return frame.map((line) => `${painted(line, { hasColor: false, isUnicode })}\n`).join("");
}

describe("frames are as their golden files", () => {
  for (const [columns, rows] of [
    [40, 20],
    [80, 24],
    [200, 30],
  ] as const) {
    it(`${columns} x ${rows}`, () => assertGolden(`top-${columns}.txt`, textOf(busyRun(), { columns, rows })));
  }

  const size = { columns: 80, rows: 24 };
  it("in ASCII", () => assertGolden("top-ascii.txt", textOf(busyRun(), size, {}, false)));
  it("the keys", () => assertGolden("top-help.txt", textOf(busyRun(), size, { page: "help" })));
  it("a cause", () => assertGolden("top-detail.txt", textOf(busyRun(), size, { page: "detail", chosen: 1 })));
  it("on eight rows", () => assertGolden("top-8-rows.txt", textOf(busyRun(), { columns: 80, rows: 8 })));
  it("with 32 devices", () => assertGolden("top-32-devices.txt", textOf(manyDevices(), { columns: 80, rows: 24 })));
  it("where nothing runs", () => assertGolden("top-empty.txt", textOf(NOTHING, size)));
});

const ANY_STATE = fc.record({
  sort: fc.constantFrom(...SORTS),
  filter: fc.constantFrom("", "attention", "日本", "nothing has this"),
  isTyping: fc.boolean(),
  isPaused: fc.boolean(),
  page: fc.constantFrom("overview" as const, "help" as const, "detail" as const),
  list: fc.constantFrom("processes" as const, "causes" as const, "buffers" as const),
  chosen: fc.option(fc.nat({ max: 5 })),
  device: fc.option(fc.nat({ max: 2 })),
});

it("every frame has as many rows and columns as the terminal, and nothing in it acts on the terminal", () => {
  const size = fc.record({ columns: fc.integer({ min: 40, max: 300 }), rows: fc.integer({ min: 5, max: 70 }) });
  const data = fc.constantFrom(busyRun(), NOTHING, {
    ...busyRun(),
    position: { frame: 3, frames: 20, readPart: null },
  });
  fc.assert(
    fc.property(data, ANY_STATE, size, (shown, change, { columns, rows }) => {
      const frame = renderTop(shown, { ...INITIAL_STATE, ...change }, { columns, rows });
      assert.equal(frame.length, rows);
      for (const line of frame) {
        assert.equal(widthOfLine(line), columns);
        for (const { text } of line) assert.doesNotMatch(text, /[\p{Cc}\p{Cs}\u202a-\u202e]/u);
      }
    }),
  );
});

it("colours change no character", () => {
  const frame = renderTop(busyRun(), INITIAL_STATE, { columns: 120, rows: 30 });
  for (const line of frame) {
    const colored = stripVTControlCharacters(painted(line, { hasColor: true, isUnicode: true }));
    assert.equal(colored.trimEnd(), painted(line, { hasColor: false, isUnicode: true }));
  }
});

it("ASCII takes as many columns", () => {
  for (const line of renderTop(busyRun(), INITIAL_STATE, { columns: 120, rows: 30 })) {
    const [ascii, unicode] = [false, true].map((isUnicode) => painted(line, { hasColor: false, isUnicode }));
    assert.match(ascii ?? "", /^[\x20-\x7e]*$/);
    assert.ok(widthOfLine([{ text: unicode ?? "", look: "plain" }]) >= (ascii ?? "").length);
  }
});

function rowsWith(text: string, lines: string): readonly string[] {
  return lines.split("\n").filter((line) => line.includes(text));
}

it("devices of several processes with the same number are told apart", () => {
  const devices = [liveDevice(), liveDevice({ pid: 4712 })];
  const text = textOf({ sources: [topSource(liveSnapshot({ devices }))], position: null }, { columns: 80, rows: 24 });
  assert.equal(rowsWith("0:4711", text).length, 1);
  assert.equal(rowsWith("0:4712", text).length, 1);
});

it("a list that is longer than its place says how many more there are, and shows the chosen row", () => {
  const list = Array.from({ length: 30 }, (_, index) =>
    liveCause({ id: `${index}`, holder: `CACHE_${index}_`, sizeBytes: 1000 - index }),
  );
  const causes = { judgedAtMs: 1, reason: "", findings: 30, failing: 30, known: 0, verdicts: [], list };
  const data = { sources: [topSource(liveSnapshot({ causes }))], position: null };
  const size = { columns: 100, rows: 24 };
  assert.match(textOf(data, size), /CACHE_0_[\s\S]*… \d+ more/);
  assert.match(textOf(data, size, { chosen: 29 }), /CACHE_29_[\s\S]*… \d+ above/);
});

it("says why nothing has been judged", () => {
  const causes = {
    ...liveSnapshot().causes,
    judgedAtMs: null,
    reason: "no test has ended",
    list: [],
    failing: 0,
    known: 0,
    verdicts: [],
    findings: 0,
  };
  const data = { sources: [topSource(liveSnapshot({ causes }))], position: null };
  assert.match(textOf(data, { columns: 80, rows: 24 }), /no test has ended/);
});

it("only what is looked at alone is shown, and what is kept out is counted", () => {
  const data = busyRun();
  const size = { columns: 120, rows: 40 };
  const filtered = textOf(data, size, { filter: "_kv_cache" });
  assert.equal(rowsWith("leak ", filtered).length, 1);
  assert.match(filtered, /\/_kv_cache {2}7 hidden/);
  const [first] = rowsWith("DRAM", textOf(data, size, { device: 1 }));
  assert.match(first ?? "", /^ 1 DRAM/);
});

it("causes are ordered as was asked for", () => {
  const list = [
    liveCause({ verdict: "suspect", sizeBytes: 900, findings: 3, holder: "SUSPECT" }),
    liveCause({ verdict: "leak", sizeBytes: 100, findings: 1, holder: "LEAK" }),
    liveCause({ verdict: "retained", fails: false, sizeBytes: 500, findings: 9, holder: "RETAINED" }),
  ];
  const data = { sources: [topSource(liveSnapshot({ causes: { ...liveSnapshot().causes, list } }))], position: null };
  const orderBy = (sort: TopState["sort"]) =>
    textOf(data, { columns: 100, rows: 24 }, { sort }).match(/LEAK|SUSPECT|RETAINED/g);
  assert.deepEqual(orderBy("severity"), ["LEAK", "SUSPECT", "RETAINED"]);
  assert.deepEqual(orderBy("bytes"), ["SUSPECT", "RETAINED", "LEAK"]);
  assert.deepEqual(orderBy("findings"), ["RETAINED", "SUSPECT", "LEAK"]);
});

it("a memory that nobody asked about has an amount and no bar", () => {
  const memory = liveMemory({ capacityBytes: null, largestFreeBytes: null, peakBytes: null, usedBytes: 2048 });
  const snapshot = liveSnapshot({ devices: [liveDevice({ memories: [memory] })], processes: [liveProcess()] });
  const [row = ""] = rowsWith(
    "2.0 KB",
    textOf({ sources: [topSource(snapshot)], position: null }, { columns: 80, rows: 24 }),
  );
  assert.doesNotMatch(row.slice(0, 40), /[█▏▎▍▌▋▊▉│]/);
});

describe("a program that is known by its region", () => {
  const reason = "they are not judged";
  const causes = { judgedAtMs: null, reason, findings: 0, failing: 0, known: 0, verdicts: [], list: [] };
  const none = { running: null, role: "program", usedBytes: 1024 } as const;
  const processes = [
    liveProcess({ ...none, pid: 7, name: "jax, by its region" }),
    liveProcess({ ...none, pid: 8, name: "vllm, by its region", state: "unverifiable" }),
  ];
  const regions = topSource(liveSnapshot({ processes, causes, largest: [], tests: null }));

  it("has its name, and says where it cannot be seen", () => {
    const text = textOf({ sources: [regions], position: null }, { columns: 80, rows: 24 });
    assert.match(text, /^ +7 jax, by its region +1\.0 KB$/m);
    assert.match(text, /^ +8 vllm, by its region \(not seen from here\) +1\.0 KB$/m);
    assert.match(text, new RegExp(reason));
  });

  it("takes nothing from what is said of a run beside it", () => {
    const run = topSource(liveSnapshot({ causes: { ...causes, judgedAtMs: 1, reason: "" } }));
    const text = textOf({ sources: [run, regions], position: null }, { columns: 80, rows: 24 });
    assert.match(text, /none so far/);
    assert.doesNotMatch(text, new RegExp(reason));
  });
});

describe("a program or process of which nothing is heard", () => {
  const size = { columns: 80, rows: 24 };
  const process = liveProcess();
  const textWith = (change: Partial<typeof process>) =>
    textOf({ sources: [topSource(liveSnapshot({ processes: [{ ...process, ...change }] }))], position: null }, size);
  const quiet = (quietMs: number) => ({
    running: { ...liveProcess().running, test: "t.py::a", phase: null, forMs: 99_000, quietMs },
  });

  it("is marked when its test has been quiet for half a minute", () => {
    assert.doesNotMatch(textWith(quiet(29_999)), /no news/);
    assert.match(textWith(quiet(30_000)), /t\.py::a +no news for 30 s +1:39/);
    assert.match(textWith(quiet(134_000)), /no news for 2:14/);
    assert.doesNotMatch(textWith({ ...quiet(40_000), state: "lost" }), /no news/);
  });

  it("is marked when the kernel keeps it from running", () => {
    assert.match(textWith({ standstill: { kind: "stopped", forMs: 0 } }), / stopped +call/);
    assert.match(textWith({ standstill: { kind: "uninterruptible", forMs: 12_000 } }), / in the kernel for 12 s +call/);
  });

  it("is marked when the program itself reports nothing", () => {
    const silent = (silentMs: number | null, isGone = false) =>
      textOf({ sources: [{ ...topSource(), silentMs, isGone }], position: null }, size).split("\n")[0] ?? "";
    assert.doesNotMatch(silent(4_999), /no news/);
    assert.match(silent(5_000), /no news for 5 s/);
    assert.doesNotMatch(silent(null), /no news/);
    assert.match(silent(5_000, true), / ended /);
  });
});

it("a cause that somebody knows of is marked, counted and explained", () => {
  const known = { by: "mark" as const, reason: "waits for tt-metal", ref: "#12" };
  const list = [liveCause({ fails: false, known })];
  const causes = { ...liveSnapshot().causes, failing: 0, known: 1, list };
  const data = { sources: [topSource(liveSnapshot({ causes }))], position: null };
  const text = textOf(data, { columns: 80, rows: 24 });
  assert.match(text, /1 finding, 0 fail, 1 known, by severity/);
  assert.match(text, /^ · known leak +150\.0 MB/m);
  assert.match(textOf(data, { columns: 40, rows: 24 }), /^ · known +150\.0 MB/m);
  assert.match(
    textOf(data, { columns: 80, rows: 24 }, { page: "detail", chosen: 0 }),
    /known +by the mark of its test: waits for tt-metal #12/,
  );
  assert.match(textOf(data, { columns: 80, rows: 24 }, { filter: "tt-metal" }), /known leak/);
});

it("a page that is longer than the screen scrolls to its end, and no further", () => {
  const size = { columns: 80, rows: 12 };
  const state: TopState = { ...INITIAL_STATE, page: "help" };
  const most = scrollMaxOf(NOTHING, state, size);
  assert.match(textOf(NOTHING, size, state), new RegExp(`… ${most} more below`));
  assert.match(textOf(NOTHING, size, { ...state, scroll: most }), /compute on the device\./);
  assert.equal(
    textOf(NOTHING, size, { ...state, scroll: most }),
    textOf(NOTHING, size, { ...state, scroll: most + 5 }),
  );
  assert.equal(scrollMaxOf(NOTHING, state, { columns: 80, rows: 60 }), 0);
});

it("a process that is chosen has a page of its own", () => {
  const text = textOf(busyRun(), { columns: 80, rows: 24 }, { page: "detail", list: "processes", chosen: 1 });
  assert.match(
    text,
    /process +4712, worker gw1\n.*test +tests[\s\S]*phase +setup, for 2:11\n trouble +no news for 1:01/,
  );
});

it("while a recording is read it says how much of it was", () => {
  const text = textOf({ ...busyRun(), position: { frame: 1, frames: 1, readPart: 0.427 } }, { columns: 80, rows: 24 });
  assert.match(text, /reading 42 %/);
  const unread = topSource(liveSnapshot({ devices: [], processes: [], largest: [] }));
  const position = { frame: 1, frames: 1, readPart: 0.427 };
  assert.match(
    textOf({ sources: [unread], position }, { columns: 80, rows: 24 }),
    /The recording is being read: 42 %\./,
  );
});

it("of a command that is watched the folder of its program is left out, and of a file the end is kept", () => {
  const first = (command: "run" | "replay", ...title: readonly string[]): string => {
    const snapshot = liveSnapshot({ source: { ...liveSnapshot().source, command, title } });
    return textOf({ sources: [topSource(snapshot)], position: null }, { columns: 80, rows: 24 }).split("\n")[0] ?? "";
  };
  assert.match(first("run", "/work/venv/bin/python", "-m", "pytest"), /^ tt-memwatch {2}run python -m pytest /);
  assert.match(first("replay", `/a/${"b".repeat(60)}/recorded-runs/run.mcap`), / replay …\/recorded-runs\/run\.mcap /);
});

it("what the key for pausing does is what it says", () => {
  const size = { columns: 80, rows: 24 };
  const recorded = { ...busyRun(), position: { frame: 1, frames: 3, readPart: null } };
  const said = (data: TopData, isPaused: boolean) =>
    / p (go on|pause|play) /.exec(textOf(data, size, { isPaused }))?.[1];
  assert.deepEqual([said(busyRun(), false), said(busyRun(), true)], ["pause", "go on"]);
  assert.deepEqual([said(recorded, false), said(recorded, true)], ["pause", "play"]);
});
