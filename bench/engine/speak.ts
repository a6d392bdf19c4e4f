/**
 * Takes the place of a watched pytest: speaks to the engine as the plugin does, and writes a ring as the tracer does.
 *
 * Usage, as the command of `tt-memwatch run`: node bench/engine/speak.ts TESTS
 */
import { once } from "node:events";
import { connect } from "node:net";
import path from "node:path";
import { RingWriter, traceRecord } from "../../fixtures/ring/ring-writer.ts";
import { LeakingRun } from "./leaking-run.ts";

/** As the tracer has it by default. */
const RING_RECORDS = 131_072;

const { TT_MEMWATCH_SOCKET: socketPath = "", TT_MEMWATCH_TRACER_DIR: folder = "" } = process.env;
const tests = Number(process.argv[2]);
using ring = new RingWriter(path.join(folder, `${process.pid}.1.ring`), { capacity: RING_RECORDS, pid: process.pid });
ring.addStack([
  { file: "/suite/tests/test_cache.py", line: 17, function: "test_keeps" },
  { file: "/venv/lib/python3.12/site-packages/_pytest/python.py", line: 166, function: "pytest_pyfunc_call" },
]);
ring.addStack([{ file: "", line: 0, function: "ttnn.zeros" }]);
const socket = connect(socketPath);
await once(socket, "connect");
socket.resume();
for (const step of new LeakingRun(tests).steps(ring.path)) {
  if (step.kind === "record") ring.write(traceRecord({ allocator: 0x10, device: 1, ...step.record }));
  else if (!socket.write(`${JSON.stringify(step.line)}\n`)) await once(socket, "drain");
}
ring.end();
socket.end();
await once(socket, "close");
