import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, it } from "node:test";
import { runOperands } from "../../../fixtures/command/run-operands.ts";
import { type Planted, storedDay } from "../../../fixtures/history/runs.ts";
import { recordingOf } from "../../../fixtures/recording/recorded.ts";
import { Scenario } from "../../../fixtures/run/scenario.ts";
import { openHistory } from "../../out/store/history-store.ts";
import { storeErrorOf } from "../../out/store/store-error.ts";
import { replayCommand } from "../replay/replay.ts";
import { historyCommand } from "./history.ts";
import { keepRun } from "./keep-run.ts";

const home = mkdtempSync(join(tmpdir(), "tt-memwatch-broken-"));
after(() => rmSync(home, { recursive: true }));

const recording = join(home, "run.mcap");
const scenario = new Scenario().test("a", {}, { DRAM: { 64: 100 } }).bye();
writeFileSync(recording, recordingOf(scenario.events().map((event) => ({ kind: "event", event }) as const)));

const keepAll = { ageMs: null, sizeBytes: null };

/** A history with one run of one test. */
async function historyAt(name: string, left: readonly Planted[] = []): Promise<string> {
  const where = join(home, name);
  await keepRun({ where, retention: keepAll, labels: {} }, storedDay(1, ["a"], left));
  return where;
}

function sql(where: string, text: string): void {
  const database = new DatabaseSync(where);
  database.exec(text);
  database.close();
}

async function textFile(): Promise<string> {
  const where = join(home, "text.db");
  writeFileSync(where, `${"This is no database, but a text. ".repeat(100)}\n`);
  return where;
}

async function damaged(): Promise<string> {
  const where = await historyAt("damaged.db");
  const bytes = readFileSync(where);
  writeFileSync(where, bytes.fill(0xa5, 100, 8192));
  return where;
}

let newerOnes = 0;

async function newer(): Promise<string> {
  newerOnes += 1;
  const where = await historyAt(`newer-${newerOnes}.db`);
  sql(where, "insert into memwatch_migration (name, timestamp) values ('0099-later', '2030-01-01')");
  return where;
}

async function foreign(): Promise<string> {
  const where = join(home, "foreign.db");
  sql(where, "create table memwatch_run (x); create table memwatch_migration (name, timestamp)");
  return where;
}

async function folder(): Promise<string> {
  const where = join(home, "folder.db");
  mkdirSync(where, { recursive: true });
  return where;
}

async function device(): Promise<string> {
  const where = join(home, "device.db");
  symlinkSync("/dev/null", where);
  return where;
}

const BROKEN: readonly (readonly [what: string, make: () => Promise<string>, reason: RegExp])[] = [
  ["a text file", textFile, /: it is not a history but another kind of file; name another one$/],
  ["damaged", damaged, /: it is (?:damaged; move it away|no history but another kind)/],
  [
    "of a newer version",
    newer,
    /: a newer tt-memwatch wrote it \(0099-later\); use that one, or name another history$/,
  ],
  ["somebody else's database", foreign, /: table [`"]?memwatch_run[`"]? already exists$/],
  ["a folder", folder, /: it is a folder, wanted a regular file$/],
  ["a device", device, /: it is a device, wanted a regular file$/],
  ["below a file", async () => `${recording}/history.db`, /: (?:ENOTDIR|EEXIST): /],
  [
    "a server that is away",
    async () => "postgres://me:s3cret@127.0.0.1:9/x",
    /postgres:\/\/me:\*\*\*@127\.0\.0\.1:9\/x cannot be used: no server answers there$/,
  ],
];

describe("a history that is broken", () => {
  for (const [what, make, reason] of BROKEN) {
    it(`(${what}) costs a run nothing but a line, and history says the same`, async () => {
      const where = await make();
      const plain = await runOperands(replayCommand, [recording], home, { HOME: home });
      const stored = await runOperands(replayCommand, [`--history=${where}`, recording], home, { HOME: home });
      assert.deepEqual([stored.exitCode, stored.stdout], [plain.exitCode, plain.stdout]);
      const [line = "", ...more] = stored.stderr.trimEnd().split("\n");
      assert.deepEqual(more, []);
      assert.match(line, /^tt-memwatch: the run was not stored: the history /);
      assert.match(line, reason);
    });
  }

  it("is wrong use where the history itself is asked for", async () => {
    for (const make of [textFile, newer]) {
      const asked = runOperands(historyCommand, [`--history=${await make()}`], home, { HOME: home });
      await assert.rejects(asked, { name: "UsageError", message: /^the history .* cannot be used: / });
    }
  });

  it("that is not there is not made by asking it", async () => {
    const where = join(home, "none", "history.db");
    const asked = runOperands(historyCommand, [`--history=${where}`], home, { HOME: home });
    await assert.rejects(asked, {
      message: /none\/history\.db cannot be used: there is none yet; tt-memwatch run --history/,
    });
    assert.equal(statSync(join(home, "none"), { throwIfNoEntry: false }), undefined);
  });

  it("that cannot be made where a run is stored says so", async () => {
    const { stderr } = await runOperands(replayCommand, ["--history=/proc/none.db", recording], home, { HOME: home });
    assert.match(
      stderr,
      /the run was not stored: the history \/proc\/none\.db cannot be used: it cannot be made there; name/,
    );
  });

  it("that has a verdict of a newer version says so", async () => {
    const where = await historyAt("verdict.db", [{ test: "a" }]);
    sql(where, "update memwatch_finding set verdict = 'haunted'");
    const asked = runOperands(historyCommand, [`--history=${where}`, "findings"], home, { HOME: home });
    await assert.rejects(asked, { message: /it has what this tt-memwatch does not know; use a newer one$/ });
  });

  it("of a newer version is left as it is", async () => {
    const where = await newer();
    const before = readFileSync(where);
    await assert.rejects(openHistory(where, "write"), { name: "StoreError" });
    assert.deepEqual(readFileSync(where), before);
  });

  it("that another one has locked is waited for, and then told", async () => {
    const where = await historyAt("locked.db");
    const holder = new DatabaseSync(where);
    holder.exec("begin exclusive");
    const error = await openHistory(where, "write", { lockedMs: 10, connectMs: 10 }).catch(storeErrorOf);
    holder.exec("rollback");
    holder.close();
    assert.match(String(error), /another program has it locked; try again later$/);
    await using _ = await openHistory(where, "write", { lockedMs: 10, connectMs: 10 });
  });

  it("on a server that accepts and says nothing is given up", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const address = silent.address();
    if (address === null || typeof address === "string") throw new Error("it listens on a port");
    const where = `postgres://me@127.0.0.1:${address.port}/x`;
    const error = await openHistory(where, "write", { lockedMs: 10, connectMs: 50 }).catch(storeErrorOf);
    silent.close();
    assert.match(String(error), /StoreError: .*timeout/);
  });
});

describe("a history of one's own", () => {
  it("is nobody else's to read, and its folder neither", async () => {
    const where = join(home, "data", "tt-memwatch", "history.db");
    const env = { HOME: home, XDG_DATA_HOME: join(home, "data") };
    await runOperands(replayCommand, ["--history", "-q", recording], home, env);
    assert.equal(statSync(where).mode & 0o777, 0o600);
    assert.equal(statSync(join(home, "data", "tt-memwatch")).mode & 0o777, 0o700);
    assert.match(
      (await runOperands(historyCommand, [], home, env)).stdout,
      /^run .*\n.* 1 +1\.2 KB in 1 finding +1\ntt-memwatch: 1 run\n$/,
    );
  });

  it("may be an empty file, or one by a link of one's own", async () => {
    const where = join(home, "empty.db");
    writeFileSync(where, "");
    chmodSync(where, 0o640);
    symlinkSync(where, join(home, "link.db"));
    await using _ = await openHistory(join(home, "link.db"), "write");
    assert.equal(statSync(where).mode & 0o777, 0o640);
  });
});

describe("a fault of ours", () => {
  it("is not a fault of the history's", () => {
    for (const error of [
      new TypeError("x is not a function"),
      Object.assign(new Error("x"), { code: "ERR_INVALID_ARG_TYPE" }),
    ]) {
      assert.equal(storeErrorOf(error), null);
    }
  });
});
