import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { liveSnapshot } from "../fixtures/live/snapshots.ts";
import { Teller } from "../fixtures/live/teller.ts";
import { busyRun } from "../fixtures/live/top-data.ts";
import { recordingOf } from "../fixtures/recording/recorded.ts";
import { Scenario } from "../fixtures/run/scenario.ts";
import { isTaken } from "../src/in/sources/proc.ts";
import { PROGRAM } from "./run-harness.ts";
import { HAS_TMUX, Tmux } from "./tmux.ts";

const SKIP = HAS_TMUX ? false : "needs tmux: apt-get install tmux";

/** Has a program throw where nobody catches it, when it gets this signal. */
const FAULT = 'process.on("SIGUSR2", () => { throw new Error("planted"); });\n';

/** A line with nothing but what bash asks for a command with. */
const PROMPT = /^bash-[\d.]+[#$]$/m;

const BUSY = busyRun().sources[0]?.snapshot ?? liveSnapshot();

/** A shell in a terminal, and a place in which nobody but these tests announces anything. */
function terminal(t: TestContext): { readonly place: string; readonly tmux: Tmux } {
  const place = mkdtempSync(join(tmpdir(), "top-"));
  const tmux = new Tmux({ columns: 80, rows: 24, env: { XDG_RUNTIME_DIR: place, LC_ALL: "C.UTF-8" } });
  t.after(() => {
    tmux[Symbol.dispose]();
    rmSync(place, { recursive: true, force: true });
  });
  return { place, tmux };
}

test("it shows what programs tell, as they start, tell more and end, whatever the size of the terminal", {
  skip: SKIP,
  timeout: 60_000,
}, async (t) => {
  const { place, tmux } = terminal(t);
  tmux.type(`${PROGRAM} top\n`);
  await tmux.shows(/Nothing of yours runs/);
  assert.ok(tmux.isAlternate && !tmux.isCursorShown);
  const teller = await Teller.open(place, BUSY);
  await tmux.shows(/131\/412 tests {2}60 fail/);
  teller.tell({ ...BUSY, tests: { done: 132, failed: 0, total: 412 } });
  const rows = await tmux.shows(/132\/412 tests/);
  assert.match(rows.join("\n"), /✗ leak +150\.0 MB.*Model\.weights/);
  tmux.resize(120, 40);
  const wide = await tmux.shows(/peak 7\.5 GB/);
  assert.match(wide.at(-1) ?? "", /F1 help.*q quit/);
  tmux.resize(50, 12);
  const narrow = await tmux.shows(/^((?!free piece)[\s\S])*$/);
  assert.match(narrow.at(-1) ?? "", /F1 help/);
  await teller[Symbol.asyncDispose]();
  await tmux.shows(/ended/);
  tmux.press("q");
  await tmux.shows(PROMPT);
});

test("keys do what the page of keys says", { skip: SKIP, timeout: 60_000 }, async (t) => {
  const { place, tmux } = terminal(t);
  await using _ = await Teller.open(place, BUSY);
  tmux.type(`${PROGRAM} top\n`);
  await tmux.shows(/by severity/);
  tmux.press("?");
  await tmux.shows(/filter by a part of a name/);
  tmux.press("?");
  tmux.press("s");
  await tmux.shows(/by bytes/);
  tmux.press("d");
  await tmux.shows(/device 0 /);
  tmux.press("Escape");
  await tmux.shows(/^((?!device 0 )[\s\S])*$/);
  tmux.type("/decode");
  await tmux.shows(/filter: decode/);
  tmux.press("Enter");
  const filtered = await tmux.shows(/\/decode {2}\d+ hidden/);
  assert.equal(filtered.filter((row) => /✗/.test(row)).length, 1);
  tmux.press("Down");
  tmux.press("Enter");
  await tmux.shows(/operation +ttnn\.as_tensor/);
});

test("in a recording keys go from moment to moment, and it plays to its end", {
  skip: SKIP,
  timeout: 60_000,
}, async (t) => {
  const { place, tmux } = terminal(t);
  const events = ["a", "b"].flatMap((name) => new Scenario().begin(name).end(name, "passed").events().slice(1));
  const deeds = [...new Scenario().events(), ...events].map((event) => ({ kind: "event" as const, event }));
  writeFileSync(join(place, "run.mcap"), recordingOf(deeds));
  tmux.type(`${PROGRAM} top ${place}/run.mcap\n`);
  await tmux.shows(/2 tests {2}3\/3/);
  tmux.press("Left");
  await tmux.shows(/2\/3/);
  tmux.press("Home");
  await tmux.shows(/1 tests {2}1\/3/);
  tmux.press("Space");
  await tmux.shows(/3\/3 .*\n[\s\S]*p play/);
  tmux.press("q");
  await tmux.shows(PROMPT);
});

for (const [how, end, said] of [
  ["q", (tmux: Tmux) => tmux.press("q"), "ended with 0"],
  ["Ctrl-C", (tmux: Tmux) => tmux.press("C-c"), "ended with 0"],
  ["SIGTERM", (_: Tmux, pid: number) => process.kill(pid, "SIGTERM"), "ended with 143"],
  ["SIGHUP", (_: Tmux, pid: number) => process.kill(pid, "SIGHUP"), "ended with 129"],
  ["a fault of its own", (_: Tmux, pid: number) => process.kill(pid, "SIGUSR2"), "ended with 70"],
] as const) {
  test(`the terminal is given back after ${how}`, { skip: SKIP, timeout: 60_000 }, async (t) => {
    const { place, tmux } = terminal(t);
    await using _ = await Teller.open(place, BUSY);
    tmux.type("before\n");
    await tmux.shows(/before: command not found/);
    writeFileSync(join(place, "fault.mjs"), FAULT);
    const start = `sh -c 'echo $$ > ${place}/pid; exec ${PROGRAM} top'`;
    tmux.type(
      `NODE_OPTIONS='--import ${place}/fault.mjs' ${start}; echo "ended with $?"; stty -a | grep -o ' icanon\\| echo '\n`,
    );
    await tmux.shows(/by severity/);
    end(tmux, Number(readFileSync(join(place, "pid"), "utf8")));
    const rows = await tmux.shows(/ended with \d+\n icanon\n echo/);
    assert.ok(rows.includes(said), rows.join("\n"));
    assert.ok(!tmux.isAlternate && tmux.isCursorShown);
    assert.match(rows.join("\n"), /before: command not found/);
    if (how === "a fault of its own") assert.match(rows.join("\n"), /a fault of its own.*planted/s);
  });
}

test("it is suspended by Ctrl-Z with the terminal given back, and goes on where it was; it ends with its terminal", {
  skip: SKIP,
  timeout: 60_000,
}, async (t) => {
  const { place, tmux } = terminal(t);
  const teller = await Teller.open(place, BUSY);
  tmux.type(`sh -c 'echo $$ > ${place}/pid; exec ${PROGRAM} top'\n`);
  await tmux.shows(/by severity/);
  tmux.press("C-z");
  await tmux.shows(/Stopped/);
  assert.ok(!tmux.isAlternate && tmux.isCursorShown);
  teller.tell({ ...BUSY, tests: { done: 200, failed: 0, total: 412 } });
  tmux.type("fg\n");
  await tmux.shows(/200\/412 tests/);
  assert.ok(tmux.isAlternate && !tmux.isCursorShown);
  const pid = Number(readFileSync(join(place, "pid"), "utf8"));
  tmux.close();
  // Nobody says that it has gone: it has to be looked for.
  while (isTaken(pid)) await setTimeout(20);
  await teller[Symbol.asyncDispose]();
});
