import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { RingWriter, traceRecord } from "../../../fixtures/ring/ring-writer.ts";
import type { TraceSink } from "../../core/model/trace-record.ts";
import { makeRingFolder } from "./ring-folder.ts";
import { RingFollower } from "./ring-follower.ts";

/** More than Linux gives. */
const NO_PROCESS = 4_194_305;

function following(t: TestContext) {
  const shared = mkdtempSync(join(tmpdir(), "shm-"));
  const folder = makeRingFolder(shared);
  const heard = new Map<string, number[]>();
  const follower = new RingFollower(folder, (path): TraceSink => {
    const addresses: number[] = [];
    heard.set(path, addresses);
    return { record: ({ address }) => void addresses.push(address), lost: () => {} };
  });
  t.after(() => {
    follower[Symbol.dispose]();
    rmSync(shared, { recursive: true });
  });
  const ring = (name: string): RingWriter => {
    const writer = new RingWriter(join(folder.path, name), { pid: NO_PROCESS });
    t.after(() => writer[Symbol.dispose]());
    return writer;
  };
  return { folder, follower, heard, ring };
}

test("the rings of all processes are read, each into its own sink", (t) => {
  const { follower, heard, ring } = following(t);
  const [one, two] = [ring("1.1.ring"), ring("2.1.ring")];
  one.write(traceRecord({ address: 1 }));
  two.write(traceRecord({ address: 2 }));
  follower.finish();
  assert.deepEqual([heard.get(one.path), heard.get(two.path)], [[1], [2]]);
  assert.deepEqual(
    follower.rings().map(({ records, lost }) => [records, lost]),
    [
      [1, 0],
      [1, 0],
    ],
  );
});

test("a ring is read up to now when asked, whether or not its turn has come", (t) => {
  const { follower, heard, ring } = following(t);
  const writer = ring("1.1.ring");
  for (const address of [1, 2]) {
    writer.write(traceRecord({ address }));
    follower.read(writer.path);
  }
  assert.deepEqual(heard.get(writer.path), [1, 2]);
});

test("rings that have nothing new are read five times less often, until one has", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { follower, heard, ring } = following(t);
  const writer = ring("1.1.ring");
  const turn = (count: number) => {
    for (let n = 0; n < count; n += 1) t.mock.timers.tick(10);
    return heard.get(writer.path)?.length ?? 0;
  };
  writer.write(traceRecord({ address: 1 }));
  assert.equal(turn(1), 1);
  assert.equal(turn(20), 1);
  writer.write(traceRecord({ address: 2 }));
  assert.equal(turn(4), 1);
  assert.equal(turn(1), 2);
  writer.write(traceRecord({ address: 3 }));
  assert.equal(turn(1), 3);
  assert.equal(turn(17), 3);
  writer.write(traceRecord({ address: 4 }));
  assert.equal(turn(1), 4);
  assert.equal(turn(20), 4);
  writer.write(traceRecord({ address: 5 }));
  follower.read(writer.path);
  writer.write(traceRecord({ address: 6 }));
  assert.equal(turn(1), 6);
});

test("what is not a ring is named once, and the others are read", (t) => {
  const { folder, follower, heard, ring } = following(t);
  const good = ring("1.1.ring").write(traceRecord({ address: 1 }));
  writeFileSync(join(folder.path, "2.1.ring"), "GIF89a..".padEnd(5000));
  follower.finish();
  follower.finish();
  assert.deepEqual(heard.get(good.path), [1]);
  assert.equal(follower.warnings().length, 1);
  assert.match(follower.warnings()[0] ?? "", /could not read the trace ring .*2\.1\.ring: it begins with "GIF89a\.\."/);
});

test("a ring that was announced and is gone is named", (t) => {
  const { folder, follower } = following(t);
  follower.read(join(folder.path, "9.9.ring"));
  assert.match(follower.warnings()[0] ?? "", /9\.9\.ring: ENOENT/);
});

test("a released ring was read to its end, is gone from the folder, and its figures and stacks stay", (t) => {
  const { folder, follower, heard, ring } = following(t);
  const writer = ring("1.1.ring").write(traceRecord({ address: 1 }));
  const number = writer.addStack([{ file: "a.py", line: 1, function: "f" }]);
  follower.release(writer.path);
  follower.finish();
  assert.deepEqual(heard.get(writer.path), [1]);
  assert.deepEqual(folder.rings(), []);
  assert.deepEqual(
    follower.rings().map(({ records }) => records),
    [1],
  );
  assert.equal(follower.stacks(writer.path).get(number)?.[0]?.file, "a.py");
  assert.deepEqual(follower.warnings(), []);
});

test("more rings than are followed at a time are followed where the processes of others have ended", (t) => {
  const { follower, heard, ring } = following(t);
  for (let n = 0; n < 260; n++) ring(`${n}.1.ring`).write(traceRecord({ address: n }));
  follower.finish();
  assert.equal(heard.size, 260);
  assert.deepEqual(follower.warnings(), []);
});

test("rings of a folder that was removed are read to their end, and the removal is said", (t) => {
  const { folder, follower, heard, ring } = following(t);
  const writer = ring("1.1.ring").write(traceRecord({ address: 1 }));
  follower.read(writer.path);
  rmSync(folder.path, { recursive: true });
  writer.write(traceRecord({ address: 2 }));
  follower.finish();
  assert.deepEqual(heard.get(writer.path), [1, 2]);
  assert.match(follower.warnings().join(), /was removed: a process that started after that is not traced/);
});

test("a pipe, a link and a folder with a ring's name are named, and nothing waits for them", (t) => {
  const { folder, follower } = following(t);
  execFileSync("mkfifo", [join(folder.path, "1.ring")]);
  symlinkSync("/dev/zero", join(folder.path, "2.ring"));
  mkdirSync(join(folder.path, "3.ring"));
  follower.finish();
  const reasons = follower.warnings().map((warning) => warning.replace(/.*\.ring: /, ""));
  assert.deepEqual(reasons.toSorted(), [
    "it is a folder, wanted a regular file",
    "it is a pipe, wanted a regular file",
    "it is a symbolic link, wanted a regular file",
  ]);
});

test("of very many rings those beyond the limit are counted, and of those that are none the first are reported", (t) => {
  const { folder, follower } = following(t);
  for (let number = 0; number < 300; number += 1) writeFileSync(join(folder.path, `${number}.ring`), "x".repeat(5_000));
  follower.finish();
  follower.finish();
  assert.equal(follower.warnings().length, 21);
  assert.match(follower.warnings().at(-1) ?? "", /^left 280 more trace rings unread/);
});

test("the stacks of a ring come with it; of an unknown one there are none", (t) => {
  const { follower, ring } = following(t);
  const writer = ring("1.1.ring");
  const number = writer.addStack([{ file: "a.py", line: 1, function: "f" }]);
  follower.finish();
  assert.equal(follower.stacks(writer.path).get(number)?.[0]?.file, "a.py");
  assert.equal(follower.stacks("elsewhere").size, 0);
});

/** The newest descriptor of a file in this process. */
function descriptorOf(path: string): number {
  const descriptors = readdirSync("/proc/self/fd").map(Number);
  return Math.max(...descriptors.filter((fd) => isOpenAs(fd, path)));
}

function isOpenAs(fd: number, path: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`) === path;
  } catch {
    // The one that listed them.
    return false;
  }
}

for (const end of ["finish", "release"] as const) {
  test(`a ring that can not be read any more at its ${end} costs its stacks and is named; what was read stays`, (t) => {
    const { follower, heard, ring } = following(t);
    const writer = ring("1.1.ring").write(traceRecord({ address: 1 }));
    follower.readAll();
    // A folder in the place of what the follower has open: every read of it fails.
    const fd = descriptorOf(writer.path);
    closeSync(fd);
    assert.equal(openSync("/", "r"), fd);
    if (end === "finish") follower.finish();
    else follower.release(writer.path);
    assert.deepEqual([...follower.stacks(writer.path)], []);
    assert.deepEqual(heard.get(writer.path), [1]);
    assert.match(follower.warnings().join(), /could not read the trace ring .*1\.1\.ring: EISDIR/);
  });
}
