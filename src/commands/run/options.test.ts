import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Command } from "commander";
import { plainIo } from "../../../fixtures/command/plain-io.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { defaultRules } from "../../in/rules/rules-file.ts";
import { FILE_FORMATS } from "../../out/report/reporters.ts";
import { declareRunFlags, parseRunOptions } from "./options.ts";
import { applyFlags } from "./report-options.ts";

const folder = mkdtempSync(join(tmpdir(), "run-options-"));
after(() => rmSync(folder, { recursive: true }));

function optionsOf(...args: readonly string[]) {
  return parsed(args, {}).options;
}

function parsed(args: readonly string[], env: NodeJS.ProcessEnv) {
  const command = declareRunFlags(new Command("run")).exitOverride();
  command.configureOutput({ writeErr: () => {} });
  command.parse(args, { from: "user" });
  let said = "";
  const write = (text: string): boolean => {
    said += text;
    return true;
  };
  const stderr: NodeJS.WriteStream = Object.create(process.stderr, { write: { value: write } });
  const options = parseRunOptions(command.opts(), command.args, plainIo({ env, cwd: folder, stderr }));
  return { options, stderr: said };
}

test("everything after -- is the command, its flags too", () => {
  assert.deepEqual(optionsOf("--strict", "--", "pytest", "--json", "x", "--", "-q").command, [
    "pytest",
    "--json",
    "x",
    "--",
    "-q",
  ]);
});

test("without flags nothing is asked of rules, files or plugin", () => {
  assert.deepEqual(optionsOf("--", "pytest"), {
    command: ["pytest"],
    runs: 1,
    rulesFile: null,
    failOn: null,
    isStrict: false,
    known: {},
    files: [],
    recordingFile: null,
    isQuiet: false,
    isVerbose: false,
    isDetailed: false,
    labels: new Map(),
    peaks: null,
    verdictWords: [],
    hasStatus: true,
    history: null,
    output: "stdout",
    color: "auto",
    annotate: "auto",
    hasSource: true,
    uiPort: null,
    metrics: { place: null, tokenFile: null, otlp: undefined },
    plugin: { clear: null, limits: {}, confirm: null, warmUp: null, isExplained: false, looksAtHost: true },
    socketPath: "/tmp/tt_allocation_server.sock",
    isServerNamed: false,
    tracer: { mode: "auto", stackFrames: 8 },
  });
});

for (const [args, env, isNamed] of [
  [[], { TT_MEMWATCH_SERVER_SOCKET: "/tmp/tt_allocation_server.sock" }, false],
  [[], { TT_MEMWATCH_SERVER_SOCKET: "/tmp/own.sock" }, true],
  [["--socket", "own.sock"], {}, true],
  [["--socket", "/tmp/tt_allocation_server.sock"], {}, true],
] as const) {
  test(`with ${[...args, ...Object.keys(env)].join(" ")} the server is ${isNamed ? "named" : "not named"}`, () => {
    assert.equal(parsed([...args, "--", "x"], env).options.isServerNamed, isNamed);
  });
}

for (const [flags, trace] of [
  [["--tracer", "auto"], { mode: "auto", stackFrames: 8 }],
  [["--tracer=off"], { mode: "off", stackFrames: 8 }],
  [["--tracer", "force", "--stacks", "0"], { mode: "force", stackFrames: 0 }],
  [["--stacks=32"], { mode: "auto", stackFrames: 32 }],
] as const) {
  test(`${flags.join(" ")} says what to trace`, () => {
    assert.deepEqual(optionsOf(...flags, "--", "pytest").tracer, trace);
  });
}

for (const flags of [
  ["--tracer=on"],
  ["--tracer"],
  ["--stacks=33"],
  ["--stacks=-1"],
  ["--stacks=many"],
  ["--stacks=1.5"],
]) {
  test(`${flags.join(" ")} is refused`, () => {
    assert.throws(() => optionsOf(...flags, "--", "pytest"), /trace|stacks/);
  });
}

test("report files are absolute, relative to where the user is", () => {
  assert.deepEqual(optionsOf("--json", "a.json", "--html", join(folder, "b.html"), "--", "x").files, [
    { format: "json", path: join(folder, "a.json") },
    { format: "html", path: join(folder, "b.html") },
  ]);
});

test("each report may go to standard output, but not two of them", () => {
  for (const format of FILE_FORMATS) {
    assert.deepEqual(optionsOf(`--${format}`, "-", "--", "x").files, [{ format, path: null }]);
  }
  assert.throws(() => optionsOf("--json", "-", "--html=-", "--", "x"), /--json and --html both name standard output/);
});

test("a recording is a file of its own, of one run", () => {
  assert.equal(optionsOf("--record", "run.mcap", "--", "x").recordingFile, join(folder, "run.mcap"));
  assert.throws(() => optionsOf("--record=a", "--json=a", "--", "x"), /--json and --record both name .*a; give each/);
  assert.throws(() => optionsOf("--record=a", "--runs=2", "--", "x"), /--record keeps one run; leave out --runs/);
  assert.throws(() => optionsOf("--record=-", "--", "x"), /--record needs a file of its own/);
  assert.throws(() => optionsOf("--record=none/a", "--", "x"), /there is no folder .*none; make it first/);
});

test("the options that decide a verdict are kept as they were given, and no other", () => {
  const words = ["--rules", "r.toml", "--fail-on", "leak", "--clear", "growth", "--limit", "1 MB", "--dram", "0"];
  const more = [
    "--l1",
    "1 KB",
    "--l1-small",
    "2 KB",
    "--trace-limit",
    "0",
    "--tracer",
    "off",
    "--strict",
    "--confirm=3",
  ];
  const others = ["--details", "-v", "--json", "x", "--color", "never", "--stacks", "2", "--runs", "2"];
  assert.deepEqual(optionsOf(...others, ...words, ...more, "--", "x").verdictWords, [...words, ...more]);
  assert.deepEqual(optionsOf("--confirm", "--trace", "--", "x").verdictWords, ["--tracer", "auto", "--confirm=2"]);
});

test("each report of the table has a flag of its name", () => {
  for (const format of FILE_FORMATS) {
    assert.deepEqual(optionsOf(`--${format}`, "x", "--", "y").files, [{ format, path: join(folder, "x") }]);
  }
});

test("--annotate names the host, or leaves it to the environment", () => {
  assert.equal(optionsOf("--", "x").annotate, "auto");
  assert.equal(optionsOf("--annotate", "github", "--", "x").annotate, "github");
  assert.throws(() => optionsOf("--annotate=gitlab", "--", "x"), /annotate/);
});

test("sizes become bytes, by the variables of the plugin", () => {
  const flags = ["--limit", "1 MB", "--dram", "0", "--l1-small", "64KB", "--peak", "2 MB", "--l1-core-peak", "1 KB"];
  assert.deepEqual(optionsOf(...flags, "--", "x").plugin.limits, {
    TT_MEMWATCH_LIMIT: 1_048_576,
    TT_MEMWATCH_DRAM: 0,
    TT_MEMWATCH_L1_SMALL: 65_536,
    TT_MEMWATCH_PEAK: 2_097_152,
    TT_MEMWATCH_L1_CORE_PEAK: 1024,
  });
});

test("--warm-up warms up once, or as often as it says", () => {
  assert.equal(optionsOf("--warm-up", "--", "x").plugin.warmUp, 1);
  assert.equal(optionsOf("--warm-up=3", "--", "x").plugin.warmUp, 3);
  assert.deepEqual(optionsOf("--warm-up", "--", "x").verdictWords.slice(-1), ["--warm-up=1"]);
});

test("--confirm repeats twice, or as often as it says", () => {
  assert.equal(optionsOf("--confirm", "--", "x").plugin.confirm, 2);
  assert.equal(optionsOf("--confirm=5", "--", "x").plugin.confirm, 5);
  assert.equal(optionsOf("--confirm", "0", "--", "x").plugin.confirm, 0);
});

test("--runs runs the command so often", () => {
  assert.equal(optionsOf("--", "x").runs, 1);
  assert.equal(optionsOf("--runs", "3", "--", "x").runs, 3);
});

for (const [flags, env, said] of [
  [["--repeat", "3"], {}, "--repeat is called --runs now"],
  [["--trace"], {}, "--trace is called --tracer now"],
  [["--trace=auto"], {}, "--trace is called --tracer now"],
  [[], { TT_MEMWATCH_TRACE: "1 KB" }, "TT_MEMWATCH_TRACE is called TT_MEMWATCH_TRACE_LIMIT now"],
] as const) {
  test(`an old name goes on working, and one line says the new one: ${said}`, () => {
    const { options, stderr } = parsed([...flags, "--", "x"], env);
    assert.equal(stderr, `tt-memwatch: ${said}; the old name still works\n`);
    assert.deepEqual([options.runs, options.tracer.mode], [flags[0] === "--repeat" ? 3 : 1, "auto"]);
  });
}

writeFileSync(join(folder, "file"), "");

for (const [what, args, message] of [
  ["no command", [], /^run: say which command/],
  [
    "a report in a folder that does not exist",
    ["--junit", "no/x.xml", "--", "x"],
    /--junit .*\/no\/x\.xml: there is no folder .*\/no;/,
  ],
  ["a report in a folder that is a file", ["--html", "file/x", "--", "x"], /there is no folder .*\/file;/],
  ["a report that is a folder", ["--markdown", ".", "--", "x"], /--markdown .* is a folder/],
  [
    "a report on a file system that cannot be written to",
    ["--json", "/proc/x.json", "--", "x"],
    /--json: \/proc cannot be written to \(ENOENT\)/,
  ],
  ["two reports in one file", ["--json", "x", "--html", "./x", "--", "x"], /--json and --html both name/],
  [
    "a recording over the baseline",
    ["--baseline", "f", "--record", "f", "--", "x"],
    /--baseline and --record both name/,
  ],
  ["a report over the rules", ["--rules", "f", "--json", "f", "--", "x"], /--rules and --json both name/],
  ["a report over suppressions", ["--suppressions", "f", "--html", "f", "--", "x"], /--suppressions and --html both/],
  [
    "a report over the usual suppressions",
    ["--json", "memwatch-suppressions.toml", "--", "x"],
    /--suppressions and --json both name/,
  ],
  ["a report over the history", ["--history=h.db", "--json", "h.db", "--", "x"], /--history and --json both name/],
  [
    "a report over the history that has the baseline",
    ["--history=h.db", "--baseline", "last", "--json", "h.db", "--", "x"],
    / and --json both name .*h\.db/,
  ],
  ["an unknown verdict", ["--fail-on", "leak,leek", "--", "x"], /got "leek"; wanted some of leak, suspect/],
  ["a recording without a name", ["--record", "", "--", "x"], /--record needs the name of a file/],
  ["a size that is none", ["--l1-small", "lots", "--", "x"], /--l1-small: "lots" is not a size/],
] as const) {
  test(`${what} is wrong use, told before the command starts`, () => {
    assert.throws(
      () => optionsOf(...args),
      (error) => error instanceof UsageError && message.test(error.message),
    );
  });
}

test("a variable that cannot be read is wrong use, unless a flag takes its place", () => {
  const env = { TT_MEMWATCH_DRAM: "many" };
  assert.throws(() => parsed(["--", "x"], env), /run: TT_MEMWATCH_DRAM is "many"; wanted "4096", /);
  assert.equal(parsed(["--dram", "1 KB", "--", "x"], env).options.plugin.limits.TT_MEMWATCH_DRAM, 1024);
  const capacity = { TT_MEMWATCH_TRACER_CAPACITY: "0" };
  assert.throws(() => parsed(["--", "x"], capacity), /CAPACITY is "0"; wanted a number of records from 1 to 16777216/);
});

test("--fail-on replaces the verdicts of the rules, --strict adds to them", () => {
  const rules = defaultRules();
  const failOn = (...args: readonly string[]) => applyFlags(rules, optionsOf(...args, "--", "x")).failOn;
  assert.deepEqual(failOn(), ["leak", "suspect", "over-limit"]);
  assert.deepEqual(failOn("--fail-on", "leak"), ["leak"]);
  assert.deepEqual(failOn("--fail-on", "leak, late-free"), ["leak", "late-free"]);
  assert.deepEqual(failOn("--fail-on", "leak", "--strict"), [
    "leak",
    "fragmentation",
    "untrusted",
    "bad-mark",
    "fixed",
  ]);
});

test("a report path that is a loop of links is wrong use, one that is a link to nothing yet is taken", () => {
  symlinkSync("loop-b", join(folder, "loop-a"));
  symlinkSync("loop-a", join(folder, "loop-b"));
  symlinkSync("not-there.json", join(folder, "dangling"));
  assert.throws(() => optionsOf("--json", join(folder, "loop-a"), "--", "x"), /^Error: run: --json .* \(ELOOP\)|ELOOP/);
  assert.equal(optionsOf("--json", join(folder, "dangling"), "--", "x").files.length, 1);
});

for (const [bytes, isTaken] of [
  [254, true],
  [255, true],
  [256, false],
] as const) {
  test(`a report's name of ${bytes} bytes is ${isTaken ? "taken" : "wrong use"}`, () => {
    const args = ["--json", join(folder, "n".repeat(bytes)), "--", "x"];
    if (isTaken) assert.equal(optionsOf(...args).files.length, 1);
    else assert.throws(() => optionsOf(...args), UsageError);
  });
}
