import { z } from "zod";
import { VERDICTS } from "../../core/model/finding.ts";
import { MEMORY_TYPES } from "../../core/model/memory-type.ts";

/** Names the shape of the JSON report. A new field leaves it as it is; a changed or removed one raises the number. */
export const REPORT_SCHEMA_ID = "urn:tt-memwatch:report:2";

const bytes = (description: string) => z.int().nonnegative().describe(`${description} Bytes.`);
const amount = (description: string) => z.int().nonnegative().describe(description);
const text = (description: string) => z.string().describe(description);
const nullableText = (description: string) => z.string().nullable().describe(description);
const sentences = (description: string) => z.array(z.string()).describe(description);

const address = z
  .string()
  .regex(/^0x[0-9a-f]+$/)
  .describe("The same address in every bank, hexadecimal: it may need 64 bits.");
const chips = z.array(z.int()).describe("Logical ids of the chips, in mesh order: each holds the given size.");
const memoryType = z.enum(MEMORY_TYPES);
const test = text("pytest's node id.");
const attempt = z
  .int()
  .positive()
  .describe("From 1: reruns of a failed test are further attempts, and so is the test in a later session.");
const pid = z.int().describe("Process id on the host that ran the tests.");

const fixture = z
  .object({
    name: text("The fixture's name."),
    scope: z.enum(["session", "package", "module", "class", "function"]),
    baseId: text("pytest's node id below which the fixture is visible; empty: everywhere."),
  })
  .nullable();

const tensor = z
  .object({
    dtype: text("ttnn's name of the element type."),
    shape: z.array(z.int()),
    logicalBytes: bytes("Elements x element size, without padding or layout.").nullable(),
  })
  .nullable()
  .describe("The tensor that owns the buffer; null: not known.");

const phase = z.enum(["setup", "call", "teardown", "fixture"]);

const frame = z.object({ file: text("Path."), line: z.int(), function: text("Qualified where Python offers it.") });

const allocated = z
  .object({
    test: test.nullable().describe("pytest's node id of the test in which it was allocated; null: outside of any."),
    phase: phase.nullable(),
    fixture: nullableText("Name of the wider fixture that was being set up."),
    stack: z.array(frame).describe("Python frames, innermost first; empty: stacks were off."),
    requestedBytes: bytes("As it was asked for, over all banks: without what the allocator adds.").nullable(),
    freedBy: test
      .nullable()
      .describe("pytest's node id of the test in which it was freed; null: it was not, or outside of any."),
  })
  .nullable()
  .describe("By the buffer's traced event; null: it was not traced.");

const findingBuffer = z.object({
  address,
  sizeBytes: bytes("Bytes per bank x banks, on each chip."),
  tensor,
  inside: z
    .array(z.string())
    .describe("The functions of ttnn in which it was allocated, outermost first; empty: not recorded (--explain)."),
  allocated,
});

const origin = z
  .object({
    operation: nullableText("The ttnn operation that allocated; null: not known."),
    file: text("Of the Python call site."),
    line: z.int(),
    function: text("The Python function that called it."),
    testLine: z
      .object({ file: text("Of the test."), line: z.int() })
      .nullable()
      .describe("Where the test called what allocated; null: it is the same line, or not known."),
  })
  .nullable()
  .describe("Where the memory was allocated; null: not known.");

const finding = z
  .object({
    verdict: z.enum(VERDICTS).describe("What the growth is judged to be."),
    test: test.nullable().describe("pytest's node id; null: memory that appeared between tests."),
    attempt,
    phase: phase
      .nullable()
      .describe("In which part of the test it was allocated; fixture: by a fixture of wider scope."),
    fixture: fixture.describe("The wider fixture that allocated or held the memory."),
    device: z.int().nullable().describe("Logical id of the first chip; null: no device is concerned."),
    chips,
    memoryType: memoryType.nullable(),
    sizeBytes: bytes("Bytes per bank x banks, on each chip: the allocator's own difference."),
    bytesPerBank: bytes("The allocator's own difference in each bank."),
    banks: amount("Banks on each chip."),
    buffers: z.array(findingBuffer),
    origin,
    holders: sentences(
      "What still holds the memory: paths such as test_decode._CACHE['kv'][0], or what C++ holds it, such as trace 3, captured and not released.",
    ),
    repeats: z
      .array(z.int())
      .describe("Net growth on each chip in the test and in each repeat of it, in bytes; empty: it was not repeated."),
    evidence: text("One or two sentences with numbers: why, and what to do."),
    fails: z.boolean().describe("Whether this finding makes the run fail."),
    signature: text("Stable across runs and builds: what, of which size, from which test code."),
  })
  .describe("One verdict on what one test left on one device in one memory type.");

const usage = z
  .object({
    memoryType,
    banks: amount("Banks on each chip."),
    totalBytesPerBank: bytes("Size of each bank."),
    allocatedBytesPerBank: bytes("Allocated in each bank; held on each chip: this x banks."),
    largestFreeBytesPerBank: bytes(
      "Largest contiguous free block of each bank; null: not asked for since blocks came or went.",
    ).nullable(),
  })
  .describe("The allocator's own figures for one memory type.");

const deviceOfTest = z.object({
  device: z.int().describe("Logical id of the first chip."),
  chips,
  before: z.array(usage),
  after: z.array(usage),
  liveBlocksBefore: amount("Allocated blocks when the test began."),
  liveBlocksAfter: amount("Allocated blocks when it was over."),
  cacheEntriesBefore: amount("Program cache entries when the test began."),
  cacheEntriesAfter: amount("Program cache entries when it was over."),
});

const testReport = z.object({
  test,
  attempt,
  pid,
  session: amount("Number of the pytest session in that process, from 1."),
  worker: nullableText("pytest-xdist's worker; null: without xdist."),
  outcome: z
    .enum(["passed", "failed", "skipped", "xfailed", "xpassed", "error"])
    .nullable()
    .describe("null: the test began and never ended."),
  durationMs: z.number().nonnegative().nullable().describe("Milliseconds; null: the test never ended."),
  state: z
    .enum(["checked", "not-checked", "no-device"])
    .describe("no-device: it used none, so there was nothing to check."),
  devices: z.array(deviceOfTest),
  otherPids: z.array(pid).describe("Processes without pytest that allocated or freed while it ran."),
});

const held = z
  .object({
    pid,
    device: z.int().describe("Logical id of the first chip."),
    memoryType,
    sizeBytes: bytes("Of all these buffers, on each chip."),
    buffers: z.array(
      z.object({
        address,
        sizeBytes: bytes("Bytes per bank x banks, on each chip."),
        test: test.nullable().describe("pytest's node id of the test that left it; null: not known."),
      }),
    ),
  })
  .describe("Blocks that were live, of one memory type on one device.");

const lost = z
  .object({
    pid,
    worker: nullableText("pytest-xdist's worker; null: without xdist."),
    test: test.nullable().describe("pytest's node id of the test that ran; null: it went away between tests."),
    live: z.array(held).describe("What was live when that test began."),
  })
  .describe("A process that went away before it was done.");

const runProcess = z.object({
  pid,
  worker: nullableText("pytest-xdist's worker; null: without xdist."),
  role: z
    .enum(["single", "worker", "controller", "fork"])
    .describe("controller: starts workers and runs no test itself; fork: a child that was forked for a test."),
  parent: pid.nullable().describe("Process id of the process that a fork was forked from; null: it is none."),
  sessions: amount("pytest sessions that followed one another in it; what is said here is of the first."),
  plugin: text("Version of the pytest plugin."),
  python: text("Version."),
  pytest: text("Version."),
  ttnn: nullableText("Version; null: ttnn could not be imported."),
  clear: z.enum(["always", "growth", "never"]).describe("How the program cache was treated after each test."),
  origin: z
    .enum(["auto", "trace", "wrap", "off"])
    .describe("Where the line that allocated was learned from: the tracer's records, or a wrap of ttnn's operations."),
  rootDir: text("pytest's root directory, to which node ids are relative."),
  junitFile: nullableText("Where pytest was told to write its own JUnit file."),
  end: z
    .enum(["finished", "lost", "still-running"])
    .describe("How its connection ended. lost: crashed, killed, or it gave up on the engine."),
  droppedMessages: amount("Messages the plugin dropped because the engine did not read them in time."),
});

const processTracing = z
  .object({
    pid,
    state: z.enum(["live", "unavailable"]).nullable().describe("null: nothing was heard of it."),
    reason: text("Why live events are not available; empty: they are."),
    records: amount("Events."),
    lost: amount("Events that were overwritten before they were read."),
    comparisons: amount("Comparisons of the traced buffers with what the allocator said."),
    repaired: amount("Buffers corrected from the allocator's list after events had been lost."),
    moreOutOfMemory: amount("Failed allocations beyond those under outOfMemory."),
  })
  .describe("How well a process's allocations could be traced.");

const outOfMemory = z
  .object({
    pid,
    test: test.nullable().describe("pytest's node id of the test that ran out; null: outside of any."),
    device: z.int().describe("Logical id of the first chip; where it is not known, openedAs."),
    openedAs: z
      .int()
      .nullable()
      .describe(
        "Where the chip is not known, ttnn's id of the device, another one for each opening, or -1; else null.",
      ),
    memoryType,
    sizeBytes: bytes(
      "Bytes per bank x banks that the allocator needed for it; where isExact is false, requestedBytes.",
    ),
    isExact: z.boolean().describe("Whether sizeBytes is as the allocator counts."),
    requestedBytes: bytes("Of the whole buffer that was asked for, over all banks."),
    origin,
    liveBytesPerBank: bytes("Live in the same memory then, in each bank."),
    live: z.array(
      z.object({
        test: test.nullable().describe("pytest's node id of the test that had allocated it; null: outside of any."),
        fixture: nullableText("Name of the wider fixture that had."),
        buffers: amount("Buffers."),
        bytesPerBank: bytes("Of all of them, in each bank."),
      }),
    ),
  })
  .describe("An allocation that failed, and whose memory was live then.");

const run = z.object({
  command: z.array(z.string()).describe("The watched command and its arguments."),
  invocation: z.array(z.string()).describe("The words before it, to have another command watched likewise."),
  cwd: text("Where it was run; absolute."),
  engine: text("Version of tt-memwatch."),
  startedAt: text("ISO 8601, UTC."),
  durationMs: z.number().nonnegative().describe("Milliseconds."),
  commandExitCode: z.int().describe("Of the watched command; 128 + n where signal n ended it."),
  exitCode: z.int().describe("Of tt-memwatch itself."),
  processes: z.array(runProcess),
  tests: z.object({
    checked: amount("Tests that were measured."),
    notChecked: amount("Tests that could not be measured."),
    noDevice: amount("Tests that used no device."),
  }),
  repeatedTests: amount("Tests that were repeated to confirm what they left."),
  lost: z.array(lost),
  tracing: z.array(processTracing),
  otherTraced: z
    .array(
      z.object({
        pid,
        records: amount("Events."),
        lost: amount("Events that were overwritten before they were read."),
        allocated: amount("Buffers that it allocated."),
        live: amount("Buffers that were live at the end."),
        isChecked: z
          .boolean()
          .describe("Whether what it allocated was charged to the tests that ran; false: it is not known whose it is."),
      }),
    )
    .describe("Traced processes that ran no pytest."),
  refused: sentences("Why each refused connection was refused."),
  warnings: sentences("Anything else that lowers confidence."),
});

const serverGroup = z.object({
  device: z.int().describe("Logical id, as the client sent it."),
  memoryType: text("DRAM, L1, SYSTEM_MEMORY, L1_SMALL or TRACE."),
  buffers: amount("Live buffers."),
  sizeBytes: bytes("Of all these buffers."),
});

const allocations = z
  .object({
    socket: text("The allocation server's socket."),
    isOwn: z.boolean().describe("Whether the server was this run's own, or one that was running already."),
    live: amount("Buffers allocated during the run that are live at its end."),
    groups: z.array(serverGroup),
    total: z.array(serverGroup).describe("All that is live on the server at the run's end, whenever it was allocated."),
    findings: z.array(
      serverGroup.extend({
        rule: text("Name of the rule that decided."),
        verdict: z.enum(VERDICTS).describe("What they are judged to be."),
        evidence: text("One sentence with numbers, and what would change the verdict."),
        pids: z.array(pid).describe("Processes that own them, ascending; the first ones."),
        fails: z.boolean().describe("Whether this finding makes the run fail."),
      }),
    ),
    tests: z
      .array(
        z.object({
          test,
          attempt,
          others: amount("Tests that ended in the same process before the server was asked: this may be theirs."),
          pid,
          groups: z
            .array(serverGroup)
            .describe("Reported since the process's test before this one ended, and live when this one ended."),
        }),
      )
      .describe("Tests that left anything, by what their processes reported, in the order they ended."),
    atExit: z
      .array(z.object({ pid, buffers: amount("Buffers."), sizeBytes: bytes("Of all of them.") }))
      .describe("Processes that ended with buffers they had not freed."),
  })
  .nullable()
  .describe("What a patched tt-metal reported to an allocation server; null: none took part.");

const reruns = z
  .object({
    runs: amount("Runs that are compared, the warm-up included: not those that were cut short."),
    memory: z.array(
      z.object({
        source: z
          .enum(["tests", "server", "at-exit"])
          .describe(
            "tests: held when last measured; server: live on the allocation server; at-exit: never freed by a process that ended.",
          ),
        device: z.int().nullable(),
        memoryType: nullableText("null: of any."),
        sizeBytes: z.array(bytes("What one run left.")).describe("The warm-up first."),
        trend: z.enum(["grows", "steady", "varies", "unknown"]).describe("Once the warm-up is left out."),
      }),
    ),
    inEveryRun: z.array(test).describe("Tests that left something in every run after the first."),
    onlyInWarmUp: z.array(test).describe("Tests that left something in the first run only."),
  })
  .nullable()
  .describe("What running the command several times showed (--runs); null: it was run once.");

/** The JSON report, field by field: what is written is checked against this type by the compiler. */
export const reportSchema = z
  .object({
    schema: z.literal(REPORT_SCHEMA_ID).describe("Names this shape."),
    run,
    tests: z.array(testReport),
    findings: z
      .array(finding)
      .describe("Failing ones first, then the gravest verdict; within a verdict in the order in which the tests ran."),
    remaining: z.array(held).describe("Memory no test had given back when its device was last measured."),
    outOfMemory: z.array(outOfMemory),
    allocations,
    reruns,
  })
  .describe(
    "What tt-memwatch found in one run. Sizes are bytes, per chip; 1 KB = 1024 bytes. Fields may be added: ignore what you do not know.",
  );

export type JsonReport = z.infer<typeof reportSchema>;

/**
 * The JSON Schema (draft 2020-12) of the JSON report, as published in docs/report.schema.json.
 *
 * @internal Its test publishes it.
 */
export function reportJsonSchema(): string {
  // As input: the schema then lets a reader accept fields that a later version adds.
  const schema = z.toJSONSchema(reportSchema, { target: "draft-2020-12", io: "input" });
  const { $schema, ...rest } = schema;
  return `${JSON.stringify({ $schema, $id: REPORT_SCHEMA_ID, title: "tt-memwatch report", ...rest }, null, 2)}\n`;
}
