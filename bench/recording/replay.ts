/**
 * Microseconds of processors that a replay takes for a ring record: read, and booked again with the events around it. In a process of its own,
 * as a replay is.
 *
 * Usage: node bench/recording/replay.ts FILE
 */
import { Faults } from "../../src/commands/own-faults.ts";
import { play } from "../../src/commands/replay/play.ts";
import { keepHeapSmall } from "../../src/commands/run/small-heap.ts";
import { RecordingReader } from "../../src/in/recording/recording-reader.ts";

const [, , file = ""] = process.argv;
const { env, stdout, stderr } = process;
const io = { env, cwd: process.cwd(), stdout, stderr, faults: new Faults(stderr) };
keepHeapSmall();
const before = process.cpuUsage();
using reader = RecordingReader.open(file);
const { rings, record } = play(reader, { until: null, hasTimeline: false }, io);
const { user, system } = process.cpuUsage(before);
if (reader.problem !== null || io.faults.count > 0) throw new Error(reader.problem ?? "a fault");
const records = rings.reduce((sum, ring) => sum + ring.records, 0);
stdout.write(JSON.stringify({ records, tests: record.tests.length, us: (user + system) / records }));
