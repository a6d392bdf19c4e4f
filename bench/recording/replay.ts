/**
 * Microseconds of processors that a replay takes for a ring record: read, and booked again. In a process of its own, as a replay is.
 *
 * Usage: node bench/recording/replay.ts FILE
 */
import { TracedMemory } from "../../src/core/ledger/run/traced-memory.ts";
import { RecordingReader } from "../../src/in/recording/recording-reader.ts";

const [, , file = ""] = process.argv;
const before = process.cpuUsage();
const memory = new TracedMemory();
using reader = RecordingReader.open(file);
for (const step of reader.steps()) {
  if (step.kind !== "records") continue;
  for (let index = 0; index < step.count; index += 1) memory.record(step.next());
}
if (reader.problem !== null) throw new Error(reader.problem);
const { user, system } = process.cpuUsage(before);
process.stdout.write(JSON.stringify({ records: memory.records, us: (user + system) / memory.records }));
