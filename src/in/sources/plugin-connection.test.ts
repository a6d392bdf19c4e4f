import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  BLOCKS,
  BYE,
  bytesOf,
  Conversation,
  HELLO,
  MEASUREMENT,
  TEST_BEGIN,
  TEST_END,
} from "../../../fixtures/run/plugin-conversation.ts";
import { PendingBudget } from "./pending-blocks.ts";
import { PluginTextBudget, REASON_LEFT_OUT } from "./plugin-text-budget.ts";
import { PROCESSES_MAX, ProcessNumbers } from "./process-numbers.ts";

test("a hello is welcomed and begins a numbered process", () => {
  const talk = new Conversation().say(HELLO);
  const { kind: _kind, protocol: _protocol, session: _session, ...info } = HELLO;
  assert.deepEqual(talk.answers, [{ kind: "welcome", protocol: 2, engine: "0.1.0", readsUnsent: false }]);
  assert.deepEqual(talk.events, [{ kind: "process-begin", process: 7, info }]);
  assert.ok(talk.connection.isIntroduced);
});

test("a measurement carries the blocks that were said before it, and only once", () => {
  const talk = new Conversation().say(HELLO, BLOCKS, MEASUREMENT, MEASUREMENT);
  const [, first, second] = talk.events;
  assert.deepEqual(first, {
    kind: "measurement",
    process: 7,
    measurement: {
      device: MEASUREMENT.device,
      moment: "after",
      fixture: null,
      usage: [
        {
          memoryType: "DRAM",
          banks: 12,
          totalBytesPerBank: 1000,
          allocatedBytesPerBank: 10,
          largestFreeBytesPerBank: 990,
        },
      ],
      liveBlocks: 1,
      cacheEntries: 0,
      added: [{ memoryType: "DRAM", address: 0x20n, bytesPerBank: 10 }],
      removed: [],
      trace: null,
    },
  });
  assert.deepEqual(second?.kind === "measurement" && second.measurement.added, []);
});

test("a measurement of another device leaves the blocks waiting", () => {
  const other = { ...MEASUREMENT, device: { ...MEASUREMENT.device, key: 2 } };
  const talk = new Conversation().say(HELLO, BLOCKS, other, MEASUREMENT);
  const added = talk.events.flatMap((event) => (event.kind === "measurement" ? [event.measurement.added.length] : []));
  assert.deepEqual(added, [0, 1]);
});

test("every other message becomes the event of its kind", () => {
  const fixture = { name: "device", scope: "module", baseId: "t.py" };
  const tensor = { dtype: "bfloat16", shape: [1, 32], logicalBytes: 64 };
  const talk = new Conversation().say(
    HELLO,
    { kind: "collected", tests: 12 },
    { ...TEST_BEGIN, hostBytes: 4096 },
    { kind: "not-checked", reason: "marked skip" },
    { kind: "not-checked", reason: "bad", mark: { file: "t.py", line: 3 } },
    { kind: "tensor", device: 1, memoryType: "L1", address: "0x20", ...tensor },
    TEST_END,
    { kind: "fixture-end", fixture },
    BYE,
  );
  const ref = { test: "t.py::a[1]", attempt: 1 };
  const limits = { total: null, perType: {} };
  assert.deepEqual(talk.events.slice(1), [
    { kind: "collected", process: 7, tests: 12, paths: null },
    {
      kind: "test-begin",
      process: 7,
      ref,
      base: "t.py::a",
      index: 0,
      repeat: 0,
      warmUp: 0,
      limits,
      peaks: null,
      reason: null,
      hostBytes: 4096,
      known: null,
    },
    { kind: "not-checked", process: 7, reason: "marked skip", mark: null },
    { kind: "not-checked", process: 7, reason: "bad", mark: { file: "t.py", line: 3 } },
    { kind: "tensor", process: 7, deviceKey: 1, memoryType: "L1", address: 0x20n, tensor },
    { kind: "test-end", process: 7, ref, outcome: "passed", durationMs: 3.2, atNs: null, hostBytes: null },
    { kind: "fixture-end", process: 7, fixture },
    { kind: "process-end", process: 7, exitStatus: 0, dropped: 2 },
  ]);
});

test("a process that says bye has ended, and is not lost when it closes", () => {
  const talk = new Conversation().say(HELLO, BYE);
  assert.ok(talk.isClosed);
  talk.connection.end();
  assert.deepEqual(talk.kinds(), ["process-begin", "process-end"]);
});

test("a process that goes without a bye is lost", () => {
  const talk = new Conversation().say(HELLO, TEST_BEGIN);
  talk.connection.end();
  assert.deepEqual(talk.kinds(), ["process-begin", "test-begin", "process-lost"]);
});

for (const [when, messages, end] of [
  ["within a test", [TEST_BEGIN], "process-lost"],
  ["after its test", [TEST_BEGIN, TEST_END], "process-end"],
] as const) {
  test(`a child that was forked for a test and ends without a bye ${when} makes a ${end}`, () => {
    const talk = new Conversation().say({ ...HELLO, role: "fork", parent: 4000 }, ...messages);
    talk.connection.end();
    assert.equal(talk.kinds().at(-1), end);
  });
}

test("a process beyond what a report can hold is refused", () => {
  const numbers = new ProcessNumbers();
  for (let pid = 0; pid < PROCESSES_MAX; pid += 1) numbers.number({ pid: 10_000 + pid, session: 1, parent: null });
  const talk = new Conversation({ numbers }).say(HELLO);
  assert.deepEqual(talk.refusals(), ["more than 10000 processes in one run (at byte 0)"]);
  assert.equal(talk.connection.isIntroduced, false);
});

test("attempts are counted over all that belong together, whatever one process says", () => {
  const talk = new Conversation().say(HELLO, TEST_BEGIN, TEST_END, TEST_BEGIN, TEST_END);
  const refs = talk.events.flatMap((event) => ("ref" in event ? [event.ref.attempt] : []));
  assert.deepEqual(refs, [1, 1, 2, 2]);
});

test("a connection that says nothing and goes is nothing", () => {
  const talk = new Conversation();
  talk.connection.end();
  assert.deepEqual(talk.events, []);
});

test("a connection that goes within its first line is refused", () => {
  const talk = new Conversation();
  talk.connection.receive(Buffer.from("{"));
  talk.connection.end();
  assert.deepEqual(talk.kinds(), ["refused"]);
});

test("an old name of an option is noted", () => {
  const talk = new Conversation();
  talk.say(HELLO, { kind: "old-name", was: "--memwatch-trace", now: "--memwatch-trace-limit" });
  assert.deepEqual(talk.oldNames, ["--memwatch-trace: --memwatch-trace-limit"]);
});

test("an unknown kind is noted and skipped", () => {
  const talk = new Conversation().say(HELLO, { kind: "weather" }, TEST_BEGIN);
  assert.deepEqual(talk.unknown, ["weather"]);
  assert.deepEqual(talk.kinds(), ["process-begin", "test-begin"]);
});

for (const [what, first, reason] of [
  ["no JSON", Buffer.from("GET / HTTP/1.1\r\n\r\n"), /not JSON: GET/],
  ["another message", bytesOf([TEST_BEGIN]), /test-begin before the hello/],
  ["an unknown kind", bytesOf([{ kind: "weather" }]), /unknown before the hello/],
  ["another version", bytesOf([{ ...HELLO, protocol: 3 }]), /protocol 3, this engine speaks 2: install/],
  ["half a hello", bytesOf([{ kind: "hello", protocol: 2 }]), /hello with an error at plugin/],
] as const) {
  test(`a connection that begins with ${what} is refused, told why and closed, and is not a process`, () => {
    const talk = new Conversation();
    talk.connection.receive(first);
    talk.say(HELLO);
    talk.connection.end();
    assert.deepEqual(talk.kinds(), ["refused"]);
    assert.match(talk.refusals()[0] ?? "", reason);
    assert.deepEqual(
      talk.answers.map((answer) => answer.kind),
      ["refused"],
    );
    assert.ok(talk.isClosed);
  });
}

for (const [what, messages, reason] of [
  ["says hello again", [HELLO], /second hello/],
  ["begins a test in a test", [TEST_BEGIN, TEST_BEGIN], /test-begin while t.py::a\[1\] is running/],
  ["ends a test that did not begin", [TEST_END], /while no test is running/],
  ["ends another test", [TEST_BEGIN, { ...TEST_END, test: "t.py::b" }], /test-end of t.py::b/],
  ["ends another attempt", [TEST_BEGIN, { ...TEST_END, attempt: 2 }], /attempt 2, while t.py::a\[1\], attempt 1,/],
  ["says nonsense", [{ kind: "collected" }], /collected with an error at tests/],
] as const) {
  test(`a process that ${what} is refused by its pid and lost`, () => {
    const talk = new Conversation().say(HELLO, ...messages);
    talk.connection.end();
    assert.deepEqual(talk.kinds().slice(-2), ["refused", "process-lost"]);
    const lost = talk.events.at(-1);
    assert.match((lost?.kind === "process-lost" && lost.refusal) || "", reason);
    assert.match(talk.refusals()[0] ?? "", /^process 4711: /);
    assert.match(talk.refusals()[0] ?? "", reason);
    assert.ok(talk.isClosed);
  });
}

test("a test may begin again after it ended", () => {
  const talk = new Conversation().say(HELLO, TEST_BEGIN, TEST_END, { ...TEST_BEGIN, attempt: 2 });
  assert.deepEqual(talk.refusals(), []);
});

test("the events are the same however the bytes were cut", () => {
  const bytes = bytesOf([HELLO, TEST_BEGIN, BLOCKS, MEASUREMENT, TEST_END, BYE]);
  const whole = new Conversation().say(HELLO, TEST_BEGIN, BLOCKS, MEASUREMENT, TEST_END, BYE);
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length)), (places) => {
      const talk = new Conversation();
      const sorted = places.sort((a, b) => a - b);
      for (const [i, from] of [0, ...sorted].entries()) talk.connection.receive(bytes.subarray(from, sorted[i]));
      assert.deepEqual(talk.events, whole.events);
    }),
  );
});

test("where there is no room for details, tests and their measurements are heard without them, and a test that was not checked stays one", () => {
  const text = new PluginTextBudget(10_000, 0);
  const block = { device: 1, memoryType: "DRAM", address: "0x20" };
  const talk = new Conversation({ text }).say(
    HELLO,
    TEST_BEGIN,
    { kind: "holders", ...block, paths: ["KEPT"] },
    { kind: "origin", ...block, operation: "zeros", stack: [] },
    { kind: "not-checked", reason: "marked skip" },
    MEASUREMENT,
    TEST_END,
  );
  assert.deepEqual(talk.kinds(), ["process-begin", "test-begin", "not-checked", "measurement", "test-end"]);
  assert.deepEqual(
    talk.events.flatMap((event) => (event.kind === "not-checked" ? [event.reason] : [])),
    [REASON_LEFT_OUT],
  );
  assert.equal(text.leftOut, 3);
});

test("names are kept up to their limit over all connections; whoever sends more is refused", () => {
  const text = new PluginTextBudget(1_000, 0);
  const one = new Conversation({ text }).say(HELLO);
  const other = new Conversation({ text }).say(HELLO, { ...TEST_BEGIN, test: "x".repeat(1_000) });
  assert.match(other.refusals()[0] ?? "", /^process 4711: more than \d+ bytes of names/);
  one.say(TEST_BEGIN, TEST_END);
  assert.deepEqual(one.kinds(), ["process-begin", "test-begin", "test-end"]);
});

for (const [how, last] of [
  ["says bye", [BYE]],
  ["is lost", []],
  ["is refused", [HELLO]],
] as const) {
  test(`blocks that wait on a connection that ${how} leave their room to others`, () => {
    const pending = new PendingBudget(1);
    const one = new Conversation({ pending }).say(HELLO, BLOCKS, ...last);
    one.connection.end();
    const other = new Conversation({ pending }).say(HELLO, BLOCKS);
    assert.deepEqual(other.refusals(), []);
    assert.match(other.say(BLOCKS).refusals()[0] ?? "", /blocks waiting for their measurement, or \d+ in all/);
  });
}
