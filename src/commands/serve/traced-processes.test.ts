import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { frame } from "../../../fixtures/allocation-server/build-frames.ts";
import { openOwnServer } from "../../../fixtures/allocation-server/own-server.ts";
import { type RingOptions, RingWriter, traceRecord } from "../../../fixtures/ring/ring-writer.ts";
import { MessageType } from "../../core/model/buffer-message.ts";
import type { TraceRecord } from "../../core/model/traced.ts";
import { askServer } from "../../in/sources/allocation-client.ts";
import { SENDERS_PER_CONNECTION_MAX } from "../../in/sources/connection-senders.ts";
import { processFacts } from "../../in/sources/proc.ts";
import { makeRingFolder } from "../../in/sources/ring-folder.ts";
import { socketDigest } from "../../in/sources/socket-claim.ts";
import { encodeRequest, REQUEST_WORD, type SentRequest, type ServerAnswer } from "../../in/wire/server-requests.ts";
import type { AllocationServer } from "./allocation-server.ts";
import { RINGS_MAX } from "./traced-processes.ts";

const folder = mkdtempSync(join(tmpdir(), "traced-processes-"));
const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** A process that may be killed. */
async function sleeper(): Promise<ChildProcess> {
  const child = spawn("sleep", ["60"]);
  children.add(child);
  await once(child, "spawn");
  return child;
}

const OWN_START = BigInt(processFacts(process.pid)?.startTime ?? 0);

/** A server in this process, which writes rings itself. */
class Bench implements AsyncDisposable {
  readonly server: AllocationServer;
  readonly path: string;

  static async open(path = join(mkdtempSync(join(folder, "s-")), "s.sock")): Promise<Bench> {
    return new Bench(await openOwnServer(path), path);
  }

  private constructor(server: AllocationServer, path: string) {
    this.server = server;
    this.path = path;
  }

  async ask(request: SentRequest): Promise<ServerAnswer[]> {
    const answers: ServerAnswer[] = [];
    for await (const answer of askServer(this.path, request)) answers.push(answer);
    return answers;
  }

  /** Sends what is not answered. */
  async tell(request: SentRequest): Promise<void> {
    const socket = connect(this.path);
    await new Promise<void>((resolve) => socket.end(encodeRequest(request), resolve));
  }

  async announce(ring: string | null, pid = process.pid, reason = "") {
    const [answer] = await this.ask({ request: "traced", pid, ring, reason });
    assert.ok(answer?.kind === "traced");
    return answer;
  }

  /** What is live, as addresses. */
  async live(): Promise<number[]> {
    const answers = await this.ask({ request: "dump", listedMax: null, since: null });
    return answers.flatMap((answer) => (answer.kind === "buffer" ? [Number(answer.address)] : [])).toSorted();
  }

  async of<Kind extends ServerAnswer["kind"]>(kind: Kind): Promise<Extract<ServerAnswer, { kind: Kind }>[]> {
    const answers = await this.ask({ request: "dump", listedMax: 10, since: null });
    return answers.filter((answer): answer is Extract<ServerAnswer, { kind: Kind }> => answer.kind === kind);
  }

  async traced() {
    const [stats] = await this.ask({ request: "stats" });
    assert.ok(stats?.kind === "stats");
    return stats.traced;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server[Symbol.asyncDispose]();
  }
}

function newRing(options: RingOptions = {}, path = join(mkdtempSync(join(folder, "r-")), "1.2.ring")): RingWriter {
  return new RingWriter(path, { pid: process.pid, startTicks: OWN_START, ...options });
}

const at = (address: number, change: Partial<TraceRecord> = {}): TraceRecord => traceRecord({ address, ...change });

test("what a process recorded before a dump was asked for is in it, and what it freed is not", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  assert.deepEqual((await bench.announce(ring.path)).state, "followed");
  for (const address of [1, 2, 3]) ring.write(at(address));
  assert.deepEqual(await bench.live(), [1, 2, 3]);
  ring.write(at(2, { kind: "free" }));
  assert.deepEqual(await bench.live(), [1, 3]);
  const [buffer] = await bench.of("buffer");
  assert.equal(buffer?.pid, process.pid);
});

test("the line, the operation and the test of a buffer come with it", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  await bench.announce(ring.path);
  const stack = ring.addStack([{ file: "/suite/model.py", line: 8, function: "load" }]);
  const operation = ring.addStack([{ file: "", line: 0, function: "ttnn.zeros" }]);
  const names: readonly (readonly [number, string | null])[] = [
    [3, "a.py::test_a"],
    [5, null],
    [9, "a.py::test_b"],
  ];
  for (const [context, name] of names) await bench.tell({ request: "test", pid: process.pid, context, test: name });
  for (const context of [2, 4, 5, 12]) ring.write(at(context, { context, stack, operation, sizeBytes: 100 }));
  await bench.live();
  const buffers = await bench.of("buffer");
  assert.deepEqual(
    buffers.map(({ origin }) => origin?.test),
    [null, "a.py::test_a", null, "a.py::test_b"],
  );
  assert.deepEqual(buffers[0]?.origin, {
    requestedBytes: 100,
    operation: "ttnn.zeros",
    line: { file: "/suite/model.py", line: 8, function: "load" },
    test: null,
  });
});

test("a ring that is announced twice is read once", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  await bench.announce(ring.path);
  ring.write(at(1));
  assert.equal((await bench.announce(ring.path)).state, "followed");
  assert.deepEqual([await bench.live(), (await bench.traced()).length], [[1], 1]);
});

test("another ring of a process takes the place of the one before, under its name or another", async () => {
  await using bench = await Bench.open();
  using first = newRing();
  await bench.announce(first.path);
  first.write(at(1));
  assert.deepEqual(await bench.live(), [1]);
  rmSync(first.path);
  using second = newRing({}, first.path);
  second.write(at(2));
  await bench.announce(second.path);
  assert.deepEqual(await bench.live(), [2]);
});

test("a ring that was removed is read on, because its process writes on", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  await bench.announce(ring.path);
  rmSync(ring.path);
  ring.write(at(1));
  assert.deepEqual(await bench.live(), [1]);
});

test("a ring that is cut short is reported, and what was read of it stays", async () => {
  await using bench = await Bench.open();
  using ring = newRing({ capacity: 1024 });
  await bench.announce(ring.path);
  ring.write(at(1));
  await bench.live();
  ring.write(at(2));
  truncateSync(ring.path, 4096);
  assert.deepEqual(await bench.live(), [1]);
  const [traced] = await bench.traced();
  assert.equal(traced?.state, "failed");
  assert.match(traced?.reason ?? "", /^it was cut short/);
});

for (const [what, options, reason] of [
  ["of a later version", { version: 2 }, /its version is 2/],
  ["of another process", { pid: 1 }, /it is the ring of PID 1, and PID \d+ says that it is its own/],
  ["of an earlier process with its pid", { startTicks: 7n }, /it is the ring of an earlier process/],
] as const) {
  test(`a ring ${what} is refused, and the reason is listed`, async () => {
    await using bench = await Bench.open();
    using ring = newRing(options);
    const { state, reason: told } = await bench.announce(ring.path);
    assert.equal(state, "failed");
    assert.match(told, reason);
    assert.deepEqual(
      (await bench.traced()).map(({ pid, ring: path }) => [pid, path]),
      [[process.pid, ring.path]],
    );
  });
}

test("a ring of another user is refused", { skip: process.getuid?.() !== 0 && "only root can make one" }, async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  chownSync(ring.path, 12_345, 12_345);
  assert.match((await bench.announce(ring.path)).reason, /belongs to the user 12345/);
});

test("no ring, a folder and another file are refused", async () => {
  await using bench = await Bench.open();
  const file = join(folder, "note.txt");
  writeFileSync(file, "x".repeat(5_000));
  for (const path of [join(folder, "none.ring"), folder, file]) {
    assert.equal((await bench.announce(path)).state, "failed");
  }
  assert.equal((await bench.traced()).length, 3);
});

test("a process says why it is not traced", async () => {
  await using bench = await Bench.open();
  await bench.announce(null, process.pid, "this ttnn is not known");
  const [traced] = await bench.traced();
  assert.deepEqual([traced?.pid, traced?.ring, traced?.reason], [process.pid, null, "this ttnn is not known"]);
});

test("what was said against a process is over when a ring of it is followed", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  await bench.announce(null, process.pid, "this ttnn is not known");
  await bench.announce(join(folder, "none.ring"));
  assert.equal((await bench.traced()).length, 2);
  await bench.announce(ring.path);
  assert.deepEqual(
    (await bench.traced()).map(({ state }) => state),
    ["followed"],
  );
});

test("those who have little to read are read first, whoever came first", async () => {
  await using bench = await Bench.open();
  const child = await sleeper();
  using flooded = newRing({ capacity: 65_536 });
  using quiet = newRing({ pid: child.pid ?? 0, startTicks: BigInt(processFacts(child.pid ?? 0)?.startTime ?? 0) });
  await bench.announce(flooded.path);
  await bench.announce(quiet.path, child.pid);
  for (let address = 0; address < 60_000; address += 1) flooded.write(at(address));
  quiet.write(at(7));
  const reading = bench.server.traced.catchUp(null);
  const [records] = [bench.server.traced.list().map((status) => status.records)];
  assert.ok(records?.[0] !== undefined && records[0] < 60_000, `in one turn ${records?.[0]} were read`);
  assert.equal(records[1], 1);
  await reading;
});

test("a process that a connection may no longer speak for is reported with the reason for which the connection was refused", async () => {
  await using bench = await Bench.open();
  const socket = connect(bench.path);
  const pids = Array.from({ length: SENDERS_PER_CONNECTION_MAX + 1 }, (_, index) => 5_000_000 + index);
  socket.resume().write(pids.map((pid) => encodeRequest({ request: "traced", pid, ring: null })).join(""));
  await once(socket, "close");
  const told = (await bench.traced()).map(({ pid, reason }) => [pid, reason]);
  assert.deepEqual(told.at(-1), [pids.at(-1), `it speaks for more than ${SENDERS_PER_CONNECTION_MAX} processes`]);
});

test("an error repeats no more than the beginning of what was sent", async () => {
  await using bench = await Bench.open();
  const socket = connect(bench.path);
  socket.write(`${REQUEST_WORD} ${"x".repeat(900)}\n`);
  const [bytes] = await once(socket, "data");
  socket.destroy();
  assert.match(String(bytes), /not a request of this server's protocol: memwatch x{191}…"/);
});

test("a ring without a header is waited for until its process has ended", async () => {
  await using bench = await Bench.open();
  const child = spawn("sleep", ["60"]);
  children.add(child);
  const path = join(folder, "empty.ring");
  writeFileSync(path, Buffer.alloc(8192));
  assert.equal((await bench.announce(path, child.pid)).state, "waiting");
  assert.deepEqual(await bench.live(), []);
  child.kill("SIGKILL");
  await once(child, "exit");
  await bench.live();
  assert.deepEqual(await bench.traced(), []);
});

test("of a process that was killed in the middle of a record, all others are booked and were left at its exit", async () => {
  await using bench = await Bench.open();
  const child = await sleeper();
  const startTicks = BigInt(processFacts(child.pid ?? 0)?.startTime ?? 0);
  using ring = newRing({ pid: child.pid ?? 0, startTicks });
  await bench.announce(ring.path, child.pid);
  ring.write(at(1));
  ring.begin();
  ring.write(at(3));
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.deepEqual(await bench.live(), []);
  const [left] = await bench.of("at-exit");
  assert.deepEqual([left?.pid, left?.buffers], [child.pid, 2]);
});

test("a dump waits for a record that is being written, and not for ever", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  await bench.announce(ring.path);
  const ticket = ring.begin();
  ring.write(at(2));
  const dump = bench.live();
  await delay(50);
  ring.complete(ticket, at(1));
  assert.deepEqual(await dump, [1, 2]);
  ring.begin();
  ring.write(at(4));
  assert.deepEqual(await bench.live(), [1, 2], "nobody knows whether it frees what is behind it");
});

/** As the tracer records that its process is about to connect. */
const connecting = (): TraceRecord => at(0, { kind: "connect", timeNs: Number(process.hrtime.bigint()) });

test("a dump has what was live when its asker connected, whatever the asker did while it waited to be read", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  await bench.announce(ring.path);
  ring.write(at(1)).write(connecting());
  ring.write(at(1, { kind: "free" })).write(at(2));
  await delay(50);
  assert.deepEqual(await bench.live(), [1]);
  assert.deepEqual(await bench.live(), [2], "asked again without a record of it");
});

test("who connected before and asked for nothing does not answer for who asks now", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  await bench.announce(ring.path);
  ring.write(at(1)).write(connecting());
  const silent = connect(bench.path);
  await once(silent, "connect");
  ring.write(at(2)).write(connecting()).write(at(3));
  assert.deepEqual(await bench.live(), [1, 2]);
  silent.destroy();
});

test("a ring whose header says what cannot be is reported, and nobody waits for it", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  await bench.announce(ring.path);
  ring.write(at(1));
  ring.setHead(2n ** 64n - 1n);
  assert.deepEqual(await bench.live(), []);
  const [traced] = await bench.traced();
  assert.deepEqual([traced?.state, traced?.reason.slice(0, 20)], ["failed", "its header says that"]);
});

test("what processes sent in frames beside their rings is given back when they have ended", async () => {
  await using bench = await Bench.open();
  const child = await sleeper();
  using ring = newRing({ pid: child.pid ?? 0, startTicks: BigInt(processFacts(child.pid ?? 0)?.startTime ?? 0) });
  await bench.announce(ring.path, child.pid);
  const socket = connect(bench.path);
  for (const id of [1n, 2n]) {
    socket.write(frame(144, { type: MessageType.allocate, device: 1, id, size: 24_576n, pid: child.pid ?? 0 }));
  }
  await bench.live();
  assert.equal(bench.server.shadow?.entries, 2);
  child.kill("SIGKILL");
  await once(child, "exit");
  await bench.live();
  await delay(50);
  assert.equal(bench.server.shadow?.entries, 0);
  socket.destroy();
});

test("the dump of somebody else waits until an asker has been answered", async () => {
  await using bench = await Bench.open();
  const child = await sleeper();
  const startTicks = BigInt(processFacts(child.pid ?? 0)?.startTime ?? 0);
  using ring = newRing({ pid: child.pid ?? 0, startTicks });
  await bench.announce(ring.path, child.pid);
  ring
    .write(at(1))
    .write(connecting())
    .write(at(1, { kind: "free" }));
  const startedMs = performance.now();
  assert.deepEqual(await bench.live(), [], "of an asker that never came");
  const waitedMs = performance.now() - startedMs;
  assert.ok(waitedMs > 200 && waitedMs < 2_000, `${waitedMs} ms`);
});

test("of two askers at the same time the first does not wait for the answer of the other", async () => {
  await using bench = await Bench.open();
  const child = await sleeper();
  using first = newRing();
  using second = newRing({ pid: child.pid ?? 0, startTicks: BigInt(processFacts(child.pid ?? 0)?.startTime ?? 0) });
  await bench.announce(first.path);
  await bench.announce(second.path, child.pid);
  first.write(at(1)).write(connecting());
  second
    .write(at(2))
    .write(connecting())
    .write(at(2, { kind: "free" }));
  assert.deepEqual(await bench.live(), [1, 2]);
});

test("connections of before the ring was followed stop nothing", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  ring.write(connecting()).write(at(1));
  await bench.announce(ring.path);
  assert.deepEqual(await bench.live(), [1]);
});

test("records that were overwritten are counted and said in the answer", async () => {
  await using bench = await Bench.open();
  using ring = newRing({ capacity: 16 });
  for (let address = 1; address <= 20; address += 1) ring.write(at(address));
  await bench.announce(ring.path);
  assert.deepEqual(
    (await bench.of("traced")).map(({ pid, missed, lost }) => [pid, missed, lost]),
    [[process.pid, 4, 0]],
  );
  for (let address = 101; address <= 130; address += 1) ring.write(at(address));
  const [unsure] = await bench.of("traced");
  assert.deepEqual([unsure?.missed, unsure?.lost, unsure?.records], [4, 14, 32]);
});

test("the records that were lost stay counted when another ring takes the place of theirs", async () => {
  await using bench = await Bench.open();
  using first = newRing({ capacity: 16 });
  for (let address = 1; address <= 20; address += 1) first.write(at(address));
  await bench.announce(first.path);
  assert.equal(bench.server.traced.lostRecords, 4);
  using second = newRing();
  await bench.announce(second.path);
  assert.deepEqual([bench.server.traced.lostRecords, (await bench.traced())[0]?.missed], [4, 0]);
});

test("frames of a process with a ring are not booked; that they say something else is a finding", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  const socket = connect(bench.path);
  const sends = (id: bigint): void => {
    const fields = { type: MessageType.allocate, device: 1, id, size: 24_576n, pid: process.pid };
    socket.write(frame(144, fields));
  };
  sends(1n);
  assert.deepEqual(await bench.live(), [1]);
  await bench.announce(ring.path);
  ring.write(at(1, { sizeBytes: 24_576 }));
  assert.deepEqual(await bench.live(), [1]);
  assert.deepEqual(
    (await bench.of("finding")).map(({ rule }) => rule),
    ["program-cache"],
  );
  sends(2n);
  const finding = (await bench.of("finding")).find(({ rule }) => rule === "sources");
  assert.deepEqual([await bench.live(), finding?.verdict, finding?.pids], [[1], "untrusted", [process.pid]]);
  assert.match(
    finding?.evidence ?? "",
    /sent messages of 48\.0 KB in 2 buffers of DRAM, and its ring has 24\.0 KB in 1 buffer/,
  );
  socket.destroy();
});

test("a reset forgets what was live and goes on following", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  await bench.announce(ring.path);
  ring.write(at(1));
  await bench.ask({ request: "reset" });
  ring.write(at(2)).write(at(1, { kind: "free" }));
  assert.deepEqual(await bench.live(), [2]);
});

test("a server that is started later, or again, finds the rings of those who would have told it", async () => {
  const path = join(mkdtempSync(join(folder, "s-")), "s.sock");
  using ringFolder = makeRingFolder();
  const server = Buffer.from(socketDigest(path), "hex").readBigUInt64LE(0);
  using ring = newRing({ server }, join(ringFolder.path, "1.2.ring"));
  using other = newRing({ server: server + 1n }, join(ringFolder.path, "3.4.ring"));
  ring.write(at(1));
  other.write(at(9));
  for (let start = 0; start < 2; start += 1) {
    await using bench = await Bench.open(path);
    assert.deepEqual(await bench.live(), [1]);
  }
});

test("a ring beyond the limit is reported, and followed as soon as there is a place", async () => {
  await using bench = await Bench.open();
  const sleepers = Array.from({ length: RINGS_MAX }, () => spawn("sleep", ["60"]));
  for (const child of sleepers) children.add(child);
  for (const child of sleepers) {
    const startTicks = BigInt(processFacts(child.pid ?? 0)?.startTime ?? 0);
    using ring = newRing({ pid: child.pid ?? 0, startTicks });
    assert.equal((await bench.announce(ring.path, child.pid)).state, "followed");
  }
  using ring = newRing();
  assert.match((await bench.announce(ring.path)).reason, /^256 other rings are followed, the most at a time/);
  ring.write(at(7));
  assert.deepEqual(await bench.live(), []);
  const [first] = sleepers;
  first?.kill("SIGKILL");
  await once(first ?? assert.fail(), "exit");
  // What the ended process left is taken off the books first.
  await bench.live();
  assert.deepEqual(await bench.live(), [7]);
  const ofThis = (await bench.traced()).filter(({ pid }) => pid === process.pid);
  assert.deepEqual(
    ofThis.map(({ state }) => state),
    ["followed"],
  );
  for (const child of sleepers) child.kill("SIGKILL");
});
