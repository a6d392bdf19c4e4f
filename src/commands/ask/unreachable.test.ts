import assert from "node:assert/strict";
import { test } from "node:test";
import { plainIo } from "../../../fixtures/command/plain-io.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { baselineCommand } from "./baseline.ts";
import { dumpCommand } from "./dump.ts";
import { resetCommand } from "./reset.ts";
import { statsCommand } from "./stats.ts";

const ASKING = [
  { command: dumpCommand, operands: [] },
  { command: statsCommand, operands: [] },
  { command: resetCommand, operands: [] },
  { command: baselineCommand, operands: ["save"] },
  { command: baselineCommand, operands: ["compare"] },
];

for (const [what, socket, sentence] of [
  ["no server", "/nowhere/s.sock", /^no server on \/nowhere\/s\.sock: start one with `tt-memwatch serve`/],
  ["an empty path", "", /^--socket needs a path, got ""$/],
  ["a path that is too long", `/${"x".repeat(107)}`, /has 108 bytes, more than the 107 of a socket's path/],
  ["a directory", "/tmp", /^\/tmp is not a socket: name the server's with --socket/],
  ["a file", "/etc/passwd", /^\/etc\/passwd is not a socket: name the server's with --socket/],
  ["a path below a file", "/etc/passwd/s", /^cannot reach a server on \/etc\/passwd\/s: .*: name another --socket/],
  ["a relative path", "none.sock", /^no server on \/.*\/none\.sock: start one/],
] as const) {
  test(`${what} is wrong use to every command that asks a server, in one sentence`, async () => {
    for (const { command, operands } of ASKING) {
      await assert.rejects(
        async () => command.run({ socket }, operands, plainIo({ cwd: "/nowhere" })),
        (error) => error instanceof UsageError && !error.message.includes("\n") && sentence.test(error.message),
        `${command.name} ${operands}`,
      );
    }
  });
}
