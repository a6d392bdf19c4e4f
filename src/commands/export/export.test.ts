import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { runOperands } from "../../../fixtures/command/run-operands.ts";
import { type Deed, RUN, recordingOf, ringOf } from "../../../fixtures/recording/recorded.ts";
import { traceRecord } from "../../../fixtures/ring/ring-writer.ts";
import type { TraceRecord } from "../../core/model/trace-record.ts";
import { exportCommand } from "./export.ts";

const home = mkdtempSync(join(tmpdir(), "tt-memwatch-export-"));
after(() => rmSync(home, { recursive: true }));

const RECORDING = "run.mcap";
const STACKS = new Map([[5, [{ file: "/suite/model.py", line: 3, function: "load" }]]]);

function record(records: readonly TraceRecord[], ...more: readonly Deed[]): void {
  const deeds: Deed[] = [
    { kind: "ring", ring: ringOf(0) },
    { kind: "stacks", ring: 0, stacks: STACKS },
    { kind: "records", ring: 0, records },
    ...more,
  ];
  writeFileSync(join(home, RECORDING), recordingOf(deeds));
}

const allocation = (buffer: number, change: Partial<TraceRecord> = {}) =>
  traceRecord({
    kind: "allocate",
    chip: 0,
    buffer,
    address: buffer * 64,
    bytesPerBank: 32,
    banks: 2,
    unitBytes: 32,
    stack: 5,
    ...change,
  });
const free = (buffer: number, change: Partial<TraceRecord> = {}) => allocation(buffer, { kind: "free", ...change });

const run = (...words: readonly string[]) => runOperands(exportCommand, words, home);

async function exported(format: string, ...flags: readonly string[]): Promise<string> {
  await run("--to", format, ...flags, "-o", "out", RECORDING);
  return readFileSync(join(home, "out"), "utf8");
}

interface Profile {
  readonly name: string;
  readonly endValue: number;
}

/** Bytes of each profile that speedscope shows. */
async function profiles(...flags: readonly string[]): Promise<readonly (readonly [string, number])[]> {
  const { profiles } = JSON.parse(await exported("speedscope", ...flags));
  return profiles.map(({ name, endValue }: Profile) => [name, endValue]);
}

test("a moment is that of the highest peak, unless another one is named", async () => {
  const l1 = { memoryType: "L1" } as const;
  record([
    allocation(1, { timeNs: 2e6 }),
    allocation(2, { timeNs: 3e6 }),
    free(1, { timeNs: 4e6 }),
    allocation(9, { ...l1, timeNs: 5e6 }),
    free(2, { timeNs: 6e6 }),
    allocation(3, { timeNs: 7e6 }),
  ]);
  const [dram, small] = ["DRAM of device 0, process 4711", "L1 of device 0, process 4711"];
  const peaks = [`${dram}: live at its peak`, `${small}: live at its peak`];
  const at = (text: string) => `${dram}: live at ${text}`;
  const peak = "the peak of DRAM of device 0 in process 4711";
  assert.deepEqual(await profiles(), [
    [at(peak), 128],
    [peaks[0], 128],
    [peaks[1], 64],
  ]);
  assert.deepEqual(await profiles("--at", "end"), [
    [at("the end"), 64],
    [peaks[0], 128],
    [`${small}: live at the end`, 64],
    [peaks[1], 64],
  ]);
  assert.deepEqual(await profiles("--at", "1ms"), [
    [at("1ms"), 64],
    [peaks[0], 64],
  ]);
});

test("what was live at its peak adds up to the peak, whatever came and went", async () => {
  const Deed = fc.record({ buffer: fc.nat(6), banks: fc.integer({ min: 1, max: 9 }), isFree: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(Deed, { minLength: 1, maxLength: 40 }), async (deeds) => {
      const live = new Map<number, number>();
      let most = 0;
      const records = deeds.flatMap(({ buffer, banks, isFree }) => {
        if (live.has(buffer) !== isFree) return [];
        if (isFree) live.delete(buffer);
        else live.set(buffer, banks * 32);
        most = Math.max(
          most,
          [...live.values()].reduce((sum, bytes) => sum + bytes, 0),
        );
        return [isFree ? free(buffer) : allocation(buffer, { banks })];
      });
      record(records);
      const shown = await profiles();
      const [, atPeak] = shown.find(([name]) => name.endsWith("live at its peak")) ?? ["", 0];
      assert.equal(atPeak, most);
    }),
    { numRuns: 30 },
  );
});

test("a recording that was cut, or of a server, says so", async () => {
  record([allocation(1)]);
  truncateSync(join(home, RECORDING), statSync(join(home, RECORDING)).size - 100);
  const { stderr } = await run("--to", "csv", "-o", "out", RECORDING);
  assert.match(stderr, /^tt-memwatch: the recording is not whole: [^\n]*\n$/);
  assert.match(readFileSync(join(home, "out"), "utf8"), /\r\n1,4711,0,,DRAM,/);
  const { rules } = RUN;
  const { source: _, known: __, ...rest } = RUN;
  writeFileSync(join(home, RECORDING), recordingOf([], null, { ...rest, rules, source: "serve" } as never));
  await assert.rejects(
    run("--to", "csv", RECORDING),
    /a recording of tt-memwatch serve, which has no buffers with lines/,
  );
});

test("wrong use is reported in one line, and what was there stays as it was", async () => {
  record([allocation(1)]);
  writeFileSync(join(home, "text"), "no recording\n");
  writeFileSync(join(home, "out"), "as it was\n");
  const all = "perfetto, pprof, torch-memory-viz, speedscope, csv, parquet";
  for (const [words, told] of [
    [["--to", "pdf", RECORDING], `export: --to pdf: there is no such format; choose ${all}`],
    [["--to", "constructor", RECORDING], "export: --to constructor: there is no such format"],
    [[RECORDING], `export: --to needs a format: ${all}`],
    [["--to", "csv"], "export: name one recording"],
    [["--to", "csv", "-"], "export: a recording is read from a file, not from standard input"],
    [["--to", "csv", "-o", "out", "text"], "export: text: it is not a recording"],
    [["--to", "csv", "-o", "out", "none"], "export: none cannot be read: there is no such file"],
    [["--to", "csv", "-o", RECORDING, RECORDING], `export: FILE and -o both name ${join(home, RECORDING)}`],
    [["--to", "csv", "-o", "none/x", RECORDING], "there is no folder"],
    [["--to", "csv", "-o", "", RECORDING], "export: -o needs the name of a file"],
    [["--to", "csv", "--peak", "DRAM", RECORDING], "export: --peak: csv covers the whole recording; use --until"],
    [["--to", "csv", "--at", "1s", RECORDING], "export: --at: csv covers the whole recording; use --until"],
    [["--to", "pprof", "--until", "1s", RECORDING], "export: --until: pprof shows one moment; name it with --at"],
    [["--to", "pprof", "--at", "1s", "--peak", "L1", RECORDING], "export: --at and --peak name two moments"],
    [
      ["--to", "pprof", "--peak", "HBM", RECORDING],
      "export: --peak HBM: wanted a memory type, DRAM, L1, L1_SMALL, TRACE",
    ],
    [["--to", "pprof", "--peak", "TRACE", RECORDING], "export: --peak TRACE: the recording has no buffer in it"],
    [["--to", "pprof", "--at", "test_x.py::test_x", RECORDING], "no such test ended in this recording"],
    [["--to", "pprof", "--at", "9", RECORDING], "export: --at 9: a time needs a unit"],
  ] as const) {
    await assert.rejects(run(...words), (error) => {
      assert.match(String(error), /^UsageError: [^\n]*$/);
      return String(error).includes(told) || assert.fail(`${words.join(" ")}: ${error}`);
    });
  }
  assert.equal(readFileSync(join(home, "out"), "utf8"), "as it was\n");
});
