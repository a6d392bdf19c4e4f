import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ENVIRONMENT } from "./environment.ts";
import {
  ask,
  CLEAN_TEST,
  LEAKING_TEST,
  makeFolder,
  makeSuite,
  NEWEST,
  PROGRAM,
  programOf,
  Running,
  readReport,
  runRecorded,
  TENSOR_BYTES,
} from "./run-harness.ts";

const PYTEST = programOf(NEWEST, "pytest");

/** Reads a recording with the public reader for Python: its messages by topic, and how many events and records they have. */
const PYTHON_READER = `
import collections, json, struct, sys
from mcap.reader import make_reader

topics, events, records = collections.Counter(), 0, 0
with open(sys.argv[1], "rb") as file:
    reader = make_reader(file, validate_crcs=True)
    [metadata] = reader.iter_metadata()
    for _, channel, message in reader.iter_messages(log_time_order=False):
        topics[channel.topic] += 1
        if channel.message_encoding == "json":
            body = json.loads(message.data)
            events += len(body) if channel.topic == "events" else 0
        else:
            records += struct.unpack_from("<II", message.data)[1]
    summary, profile = reader.get_summary(), reader.get_header().profile
print(json.dumps({
    "profile": profile, "metadata": metadata.metadata, "topics": topics,
    "counted": {channel.topic: summary.statistics.channel_message_counts[id] for id, channel in summary.channels.items()},
    "chunks": len(summary.chunk_indexes), "events": events, "records": records,
}))
`;

test("a recorded run is inspected, judged anew, reported in other formats and up to a test, and read by others", async () => {
  const folder = makeFolder();
  const [json, recording] = [join(folder, "report.json"), join(folder, "report.json.mcap")];
  // The last test of a file closes the device, and what was left ends with that before the test does.
  const leaking = `${LEAKING_TEST}\n${CLEAN_TEST}`;
  const cwd = makeSuite({ "test_a.py": CLEAN_TEST, "test_b.py": leaking, "test_c.py": LEAKING_TEST });
  const history = `--history=${join(folder, "history.db")}`;
  const end = await runRecorded(json, [history, "--label", "board=mock"], [PYTEST, "-q"], { cwd });
  assert.equal(end.exitCode, 1, end.stderr);

  const { run } = readReport(json);
  const inspected = ask("inspect", "--json", recording);
  assert.equal(inspected.exitCode, 0, inspected.stderr);
  const found = JSON.parse(inspected.stdout);
  assert.deepEqual([found.problem, found.tests, found.processes, found.command], [null, 4, 1, run.command]);
  assert.equal(found.records, run.tracing[0]?.records);
  assert.match(ask("inspect", recording).stdout, /^whole +yes$/m);

  const { findings } = JSON.parse(ask("history", "findings", "--json", "--board", "mock", history).stdout);
  assert.deepEqual(
    findings.map((each: { test: string; state: string; sizeBytes: number }) => [each.test, each.state, each.sizeBytes]),
    // Both tests have one name and one line, and so one signature, but are two.
    [
      ["test_b.py::test_leak", "new", TENSOR_BYTES],
      ["test_c.py::test_leak", "new", TENSOR_BYTES],
    ],
  );
  assert.match(ask("replay", history, recording).stderr, /this run is in the history already/);

  assert.equal(ask("replay", "--fail-on", "untrusted", recording).exitCode, 0);
  const junit = ask("replay", "--junit", "-", recording);
  assert.match(junit.stdout, /<testcase .*test_leak/);
  const until = ask("replay", "--json", "-", "--until", "test_b.py::test_leak", recording);
  const { tests, run: part } = JSON.parse(until.stdout);
  assert.deepEqual(
    tests.map(({ test: name }: { test: string }) => name),
    ["test_a.py::test_clean", "test_b.py::test_leak"],
  );
  assert.ok(part.warnings.includes("--until ended the report where test_b.py::test_leak ended"), part.warnings);
  for (const wrong of [
    ["replay", "--until", "", recording],
    ["inspect", ""],
    ["inspect", "-"],
    ["trace", "--json", "", "--", "true"],
  ]) {
    const { exitCode, stderr } = ask(...wrong);
    assert.equal(exitCode, 2, stderr);
  }
  const unknown = ask("replay", "--until", "test_d.py::test_leak", recording);
  assert.deepEqual([unknown.exitCode, unknown.stdout], [2, ""]);
  assert.match(unknown.stderr, /--until test_d\.py::test_leak: no such test ended in this recording/);

  const at = JSON.parse(ask("inspect", "--json", "--at", "test_b.py::test_leak", recording).stdout);
  assert.deepEqual(
    at.processes.flatMap(({ live }: { live: { test: string; sizeBytes: number }[] }) =>
      live.filter(({ test: name }) => name !== null).map(({ test: name, sizeBytes }) => [name, sizeBytes]),
    ),
    [["test_b.py::test_leak", TENSOR_BYTES]],
  );
  const bug = join(folder, "bug.mcap");
  const cut = ask("cut", "--test", "test_b.py::test_leak", "-o", bug, "--redact", recording);
  assert.equal(cut.exitCode, 0, cut.stderr);
  assert.match(cut.stdout, /: \d.* KB, 1 finding of f\d\.py::n\d, as in .*report\.json\.mcap\n$/);
  assert.equal(ask("inspect", bug).exitCode, 0);

  const python = spawnSync(programOf(NEWEST, "python"), ["-c", PYTHON_READER, recording], { encoding: "utf8" });
  assert.equal(python.status, 0, python.stderr);
  const { topics, counted, ...read } = JSON.parse(python.stdout);
  assert.deepEqual(counted, topics);
  const { chunks, events, records } = found;
  assert.deepEqual(read, { profile: "tt-memwatch", metadata: { format: "2" }, chunks, events, records });

  truncateSync(recording, statSync(recording).size - 1);
  assert.equal(ask("inspect", recording).exitCode, 1);
  truncateSync(recording, 100);
  for (const command of ["inspect", "replay"]) {
    const { exitCode, stdout, stderr } = ask(command, recording);
    assert.deepEqual([exitCode, stdout], [2, ""]);
    assert.match(stderr, /^tt-memwatch: .*: nothing of it can be read: it was cut/);
  }
  assert.equal(ask("replay", join(folder, "none.mcap")).exitCode, 2);
  assert.equal(ask("replay").exitCode, 2);
  assert.match(ask("replay", "--json", recording, recording).stderr, /FILE and --json both name .*report\.json\.mcap/);
});

/** Files of so many blocks of 512 bytes stand for a full disk; standard output is none. */
function runOnFullDisk(blocks: number, recording: string) {
  const script = `ulimit -f ${blocks}; exec "$0" run --record "$1" --json - -- sh -c "exit 7"`;
  const env = { ...ENVIRONMENT, NODE_DISABLE_COMPILE_CACHE: "1" };
  return spawnSync("sh", ["-c", script, PROGRAM, recording], { encoding: "utf8", env });
}

test("a disk that does not even take the beginning of a recording is reported, and the command is not started", () => {
  const { status, stdout, stderr } = runOnFullDisk(1, join(makeFolder(), "run.mcap"));
  assert.deepEqual([status, stdout], [2, ""]);
  assert.match(stderr, /^tt-memwatch: run: --record .*run\.mcap cannot be written: EFBIG: .*; name another path$/m);
  const device = ask("run", "--record", "/dev/full", "--", "true");
  assert.equal(device.exitCode, 2);
  assert.match(
    device.stderr,
    /^tt-memwatch: run: --record \/dev\/full is not a regular file; name one, or a new one$/m,
  );
});

test("a recording that cannot be written on is a warning: the report and the exit code are the run's own", () => {
  const recording = join(makeFolder(), "run.mcap");
  const end = runOnFullDisk(2, recording);
  assert.equal(end.status, 7, end.stderr);
  const { run } = JSON.parse(end.stdout);
  assert.match(run.warnings.join("\n"), /^the recording .*run\.mcap ends before the run did: EFBIG/m);
  assert.notEqual(ask("inspect", recording).exitCode, 0);
});

/** The engine is killed when what was heard before is in the file; the tests go on. */
const KILLING = `
import os, signal, time

${LEAKING_TEST}
def test_kills():
    time.sleep(2.5)
    os.kill(os.getppid(), signal.SIGKILL)

def test_later(tensor):
    tensor()
`;

test("when the engine is killed, its recording has what was heard up to a second before, and says what is missing", async () => {
  const recording = join(makeFolder(), "run.mcap");
  const cwd = makeSuite({ "test_a.py": KILLING });
  const end = await new Running(["--record", recording], [PYTEST, "-q"], { cwd }).end();
  assert.match(end.stdout, /3 passed/);
  const inspected = ask("inspect", recording);
  assert.equal(inspected.exitCode, 1, inspected.stderr);
  assert.match(inspected.stdout, /^whole +no: it was cut: .*; readable up to byte \d+ of \d+$/m);
  const replay = ask("replay", "--json", "-", recording);
  assert.equal(replay.exitCode, 1, replay.stderr);
  const { run, findings } = JSON.parse(replay.stdout);
  assert.deepEqual(
    findings.map(({ test: name, verdict, origin }: (typeof findings)[number]) => [name, verdict, origin?.line]),
    [["test_a.py::test_leak", "suspect", 13]],
  );
  assert.equal(run.commandExitCode, null);
  assert.match(run.warnings.join("\n"), /was still running where the recording ends/);
  assert.match(run.warnings.join("\n"), /the recording is not whole: it was cut/);
});
