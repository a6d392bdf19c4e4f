import { z } from "zod";
import { amount, bytes, nullableText, pid, sentences, test, text } from "./fields.ts";
import { held } from "./memory.ts";

const lost = z
  .object({
    pid,
    worker: nullableText("pytest-xdist's worker; null: without xdist."),
    test: test.nullable().describe("pytest's node id of the test that ran; null: it went away between tests."),
    refusal: nullableText("Why its connection was refused: it may have gone on; null: it went away."),
    live: z.array(held).describe("What was live when that test began."),
  })
  .describe("A process that went away, or was not heard any more, before it was done.");

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
    .enum(["auto", "tracer", "wrap", "off"])
    .describe("Where the line that allocated was learned from: the tracer's records, or a wrap of ttnn's operations."),
  rootDir: text("pytest's root directory, to which node ids are relative."),
  junitFile: nullableText("Where pytest writes its own JUnit file."),
  exitStatus: z
    .int()
    .nullable()
    .describe("pytest's own exit status, of the first session that failed, 0 where none did; null: it did not say."),
  end: z
    .enum(["finished", "lost", "refused", "still-running"])
    .describe("How its connection ended. lost: crashed, killed, or it gave up on the engine; refused: by the engine."),
  droppedMessages: amount("Messages the plugin dropped because the engine did not read them in time."),
  host: z
    .object({
      beforeBytes: bytes("When its first test began."),
      afterBytes: bytes("When its last test was over."),
      growsWithTests: z.boolean().describe("Whether it grew from test to test; run.warnings then says where."),
    })
    .nullable()
    .describe("Host memory that was the process's own, as in tests; null: not looked at."),
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
    moreExposed: amount("Buffers that a replay may overwrite, beyond those under exposedToReplay."),
  })
  .describe("How well a process's allocations could be traced.");

/** `run` */
export const run = z.object({
  command: z.array(z.string()).describe("The watched command and its arguments."),
  invocation: z.array(z.string()).describe("The words before it, to have another command watched likewise."),
  cwd: text("Where it was run; absolute."),
  engine: text("Version of tt-memwatch."),
  startedAt: text("ISO 8601, UTC."),
  durationMs: z.number().nonnegative().describe("Milliseconds."),
  commandExitCode: z
    .int()
    .nullable()
    .describe("Of the watched command; 128 + n where signal n ended it; null: its end is not recorded."),
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
