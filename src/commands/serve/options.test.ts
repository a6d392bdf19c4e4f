import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { plainIo } from "../../../fixtures/command/plain-io.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { socketPath } from "../socket-option.ts";
import { parseServeOptions } from "./options.ts";

/** What of the process the options look at. */
function parse(flags: Readonly<Record<string, unknown>>, { operands = [] as string[], isTTY = false } = {}) {
  const stdout = Object.create(process.stdout, { isTTY: { value: isTTY } });
  return parseServeOptions({ ...flags }, operands, plainIo({ cwd: "/work", stdout }));
}

const SOME_FILE = join(tmpdir(), "tt-memwatch-serve-options");
const PLACE = { cwd: "/", env: {} };

test("without flags it is the earlier server's socket, for this user alone", () => {
  assert.deepEqual(parse({}), {
    socketPath: "/tmp/tt_allocation_server.sock",
    mode: 0o600,
    gid: null,
    flavour: "v144",
    compat: null,
    isQuiet: false,
    isVerbose: false,
    jsonEvents: null,
    recordingFile: null,
    logLevel: "warn",
    rulesFile: null,
    uiPort: null,
    metrics: { place: null, tokenFile: null, otlp: undefined },
  });
});

test("on a terminal it talks to people unless told otherwise", () => {
  assert.equal(parse({}, { isTTY: true }).flavour, "modern");
  assert.equal(parse({ text: "v72" }, { isTTY: true }).flavour, "v72");
});

for (const [flags, mode, gid] of [
  [{ mode: "660" }, 0o660, null],
  [{ mode: "0640" }, 0o640, null],
  [{ mode: "777" }, 0o777, null],
  [{ group: "root" }, 0o660, 0],
  [{ group: "12" }, 0o660, 12],
  [{ group: "root", mode: "620" }, 0o620, 0],
] as const) {
  test(`${JSON.stringify(flags)} gives mode ${mode.toString(8)} and group ${gid}`, () => {
    const options = parse(flags);
    assert.deepEqual([options.mode, options.gid], [mode, gid]);
  });
}

for (const [flags, message] of [
  [{ mode: "1000" }, /--mode 1000 is not a permission/],
  [{ mode: "9" }, /--mode 9 is not a permission/],
  [{ mode: "0o600" }, /--mode 0o600 is not a permission/],
  [{ group: "no-such" }, /there is no group "no-such"/],
  [{ group: "" }, /there is no group ""/],
  [{ group: "4294967295" }, /there is no group "4294967295"/],
  [{ compat: true, text: "modern" }, /--compat needs --text v72/],
  [{ socket: "" }, /--socket/],
  [{ jsonEvents: "" }, /--json-events/],
  [{ record: SOME_FILE, rules: SOME_FILE }, /serve: --rules and --record both name /],
  [{ record: SOME_FILE, jsonEvents: SOME_FILE }, /serve: --json-events and --record both name /],
  [{ socket: "x".repeat(102) }, /has 108 bytes, more than the 107/],
] as const) {
  test(`${JSON.stringify(flags).slice(0, 60)} is refused`, () => {
    assert.throws(
      () => parse(flags),
      (error) => error instanceof UsageError && message.test(error.message),
    );
  });
}

test("an operand is refused", () => {
  assert.throws(() => parse({}, { operands: ["x"] }), /serve takes no operand, got "x"/);
});

test("paths are taken from the current directory", () => {
  assert.equal(parse({ socket: "s" }).socketPath, "/work/s");
  assert.equal(parse({ jsonEvents: "e" }).jsonEvents, "/work/e");
});

test("events on standard output silence the text", () => {
  const { jsonEvents, isQuiet } = parse({ jsonEvents: "-" });
  assert.deepEqual([jsonEvents, isQuiet], ["-", true]);
});

test("a socket's path may have 107 bytes", () => {
  assert.equal(socketPath(`/${"x".repeat(106)}`, PLACE).length, 107);
  assert.throws(() => socketPath(`/${"x".repeat(107)}`, PLACE), UsageError);
  assert.throws(() => socketPath(`/${"é".repeat(54)}`, PLACE), /109 bytes/);
});
