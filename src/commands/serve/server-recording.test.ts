import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type FrameFields, frame } from "../../../fixtures/allocation-server/build-frames.ts";
import { openOwnServer } from "../../../fixtures/allocation-server/own-server.ts";
import { runOperands } from "../../../fixtures/command/run-operands.ts";
import { END, RUN } from "../../../fixtures/recording/recorded.ts";
import { RingWriter, traceRecord } from "../../../fixtures/ring/ring-writer.ts";
import { BufferMessage, MessageType } from "../../core/model/buffer-message.ts";
import { defaultRules } from "../../in/rules/rules-file.ts";
import { askServer } from "../../in/sources/allocation-client.ts";
import { processFacts } from "../../in/sources/proc.ts";
import { encodeRequest, type SentRequest } from "../../in/wire/server-requests.ts";
import { ChunkedFile } from "../../out/recording/chunked-file.ts";
import { Recorder } from "../../out/recording/recorder.ts";
import { collectDump, type ServerDump } from "../ask/server-dump.ts";
import { Faults } from "../own-faults.ts";
import { inspectCommand } from "../replay/inspect.ts";
import { replayCommand } from "../replay/replay.ts";
import { RecordingPlayer } from "../top/recording-player.ts";
import type { AllocationServer } from "./allocation-server.ts";
import { openServerRecording } from "./server-recording.ts";

const folder = mkdtempSync(join(tmpdir(), "server-recording-"));
const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

const OWN_START = BigInt(processFacts(process.pid)?.startTime ?? 0);

/** A server that is recorded, and who talks to it. */
interface Recorded {
  readonly server: AllocationServer;
  /** Sends frames, and waits until they are booked. */
  readonly send: (...frames: readonly FrameFields[]) => Promise<void>;
  readonly ask: (request: SentRequest) => Promise<void>;
}

/** What a server had on its books in the end, and what its recording has. */
async function recorded(story: (server: Recorded) => Promise<void>): Promise<readonly [ServerDump, ServerDump]> {
  const [path, file] = [join(mkdtempSync(join(folder, "s-")), "s.sock"), join(folder, "server.mcap")];
  const faults = new Faults(process.stderr);
  const io = { env: {}, cwd: folder, stdout: process.stdout, stderr: process.stderr, faults };
  const { recording, end } = await openServerRecording(file, defaultRules(), io);
  const dump = { request: "dump", listedMax: null, since: null } as const;
  let live: ServerDump;
  {
    await using server = await openOwnServer(path, null, recording);
    const client = connect(path);
    await once(client, "connect");
    const send = async (...frames: readonly FrameFields[]): Promise<void> => {
      for (const fields of frames) client.write(frame(144, { pid: process.pid, ...fields }));
      await server.checkpoint();
    };
    const ask = async (request: SentRequest): Promise<void> => {
      for await (const _ of askServer(path, request));
    };
    await story({ server, send, ask });
    live = await collectDump(askServer(path, dump));
    client.destroy();
    server.recordRings();
    assert.deepEqual(await end(), []);
  }
  assert.equal(faults.count, 0);
  const player = RecordingPlayer.open(file, null, io);
  await player.read(new AbortController().signal);
  const { state, buffers, causes, processes } = player.snapshot;
  assert.deepEqual([state, buffers, causes.findings > 0], ["ended", live.live, live.findings.length > 0]);
  const gone = new Set(live.atExit.map(({ pid }) => pid));
  assert.ok(processes.every(({ pid }) => !gone.has(pid)));
  const { stdout } = await runOperands(replayCommand, ["--details", "--json", "-", file], folder);
  return [live, JSON.parse(stdout)];
}

const allocate = (id: bigint, size = 24_576n): FrameFields => ({ type: MessageType.allocate, id, size });
const free = (id: bigint): FrameFields => ({ type: MessageType.free, id });
const parsed = (dump: ServerDump): unknown => JSON.parse(JSON.stringify(dump));

test("what clients sent is booked again, with references, second frees and findings", async () => {
  const [live, replayed] = await recorded(async ({ send }) => {
    await send(allocate(64n), allocate(64n), allocate(128n), free(128n), free(128n), allocate(2n ** 63n, 2n ** 33n));
  });
  assert.deepEqual([live.live, live.doubleFreed.length, live.findings.length > 0], [2, 1, true]);
  assert.deepEqual(replayed, parsed(live));
});

test("what was there when the books were emptied is in neither", async () => {
  const [live, replayed] = await recorded(async ({ send, ask }) => {
    await send(allocate(64n));
    await ask({ request: "reset" });
    await send(allocate(128n));
  });
  assert.deepEqual(
    live.buffers.map(({ address }) => address),
    ["0x80"],
  );
  assert.deepEqual(replayed, parsed(live));
});

test("what a process left that ended is still told", async () => {
  const [live, replayed] = await recorded(async ({ send, server }) => {
    const child = spawn("sleep", ["60"]);
    children.add(child);
    await once(child, "spawn");
    await send({ ...allocate(64n), pid: child.pid ?? 0 }, allocate(128n));
    child.kill("SIGKILL");
    await once(child, "exit");
    server.sweepAndPrint();
  });
  assert.deepEqual([live.atExit.length, live.live], [1, 1]);
  assert.deepEqual(replayed, parsed(live));
});

test("a traced process has its lines, operations and tests, and what it sent before beside them", async () => {
  using ring = new RingWriter(join(mkdtempSync(join(folder, "r-")), "1.2.ring"), {
    pid: process.pid,
    startTicks: OWN_START,
  });
  const [live, replayed] = await recorded(async ({ send, ask }) => {
    await send(allocate(64n));
    const stack = ring.addStack([{ file: "/suite/model.py", line: 8, function: "load" }]);
    const operation = ring.addStack([{ file: "", line: 0, function: "ttnn.zeros" }]);
    await ask({ request: "traced", pid: process.pid, ring: ring.path, reason: "" });
    await send(allocate(4096n));
    await ask({ request: "checkpoint" });
    ring.write(traceRecord({ address: 64, stack, operation, context: 256 }));
    ring.write(traceRecord({ address: 128, buffer: 2, stack: 0, context: 256 }));
  });
  assert.deepEqual(
    live.buffers.map(({ origin }) => origin?.line?.line ?? null),
    [8, null],
  );
  assert.deepEqual(replayed, parsed(live));
});

test("a test that was named is that of the buffers of its contexts", async () => {
  using ring = new RingWriter(join(mkdtempSync(join(folder, "r-")), "1.2.ring"), {
    pid: process.pid,
    startTicks: OWN_START,
  });
  const [live, replayed] = await recorded(async ({ server, ask }) => {
    await ask({ request: "traced", pid: process.pid, ring: ring.path, reason: "" });
    const client = connect(server.options.socketPath);
    const request = encodeRequest({ request: "test", pid: process.pid, context: 256, test: "a.py::test_a" });
    await new Promise<void>((resolve) => client.end(request, resolve));
    await server.checkpoint();
    ring.write(traceRecord({ address: 64, context: 256 }));
  });
  assert.equal(live.buffers[0]?.origin?.test, "a.py::test_a");
  assert.deepEqual(replayed, parsed(live));
});

test("up to a time, it has what was written by then, and says so", async () => {
  const startMs = Date.parse(RUN.startedAt);
  let nowMs = startMs;
  const parts: Uint8Array[] = [];
  const port = { isBehind: () => false, nowNs: () => BigInt(nowMs) * 1_000_000n };
  const recorder = new Recorder(new ChunkedFile((bytes) => parts.push(bytes)), port);
  recorder.begin({ ...RUN, source: "serve" });
  recorder.server({ kind: "process", process: 0, pid: 1 });
  for (const [afterMs, idLow] of [
    [1_000, 64],
    [3_000, 128],
  ] as const) {
    nowMs = startMs + afterMs;
    const message = Object.assign(new BufferMessage(), { type: MessageType.allocate, pid: 1, sizeLow: 1024, idLow });
    const birth = { requestedLow: 0, requestedHigh: 0, site: 0, context: 0 };
    recorder.message({ message, process: 0, atMs: nowMs, books: "own", ...birth });
    recorder.flush();
  }
  recorder.end({ ...END, durationMs: 4_000, rings: [], statements: [] });
  const file = join(folder, "timed.mcap");
  writeFileSync(file, Buffer.concat(parts));
  const liveAt = async (...words: readonly string[]) => {
    const { stdout, stderr } = await runOperands(replayCommand, [...words, "--json", "-", file], folder);
    return [JSON.parse(stdout).live, stderr];
  };
  assert.deepEqual(await liveAt(), [2, ""]);
  const told = "tt-memwatch: --until ended the books at 2s, as they were written by then\n";
  assert.deepEqual(await liveAt("--until", "2s"), [1, told]);
});

test("other reports than JSON, and a test to end at, are refused: there are no tests in it", async () => {
  await recorded(async ({ send }) => send(allocate(64n)));
  for (const [words, reason] of [
    [["--junit", "x.xml"], /--junit: a recording of tt-memwatch serve has no tests; use --json$/],
    [["--until", "a.py::t"], /a recording of tt-memwatch serve does not say when tests end; name a time$/],
  ] as const) {
    const replay = runOperands(replayCommand, [...words, join(folder, "server.mcap")], folder);
    await assert.rejects(replay, { name: "UsageError", message: reason });
  }
  const inspect = runOperands(inspectCommand, ["--at", "1s", join(folder, "server.mcap")], folder);
  await assert.rejects(inspect, { name: "UsageError", message: /^inspect: --at: .* has no places/ });
});
