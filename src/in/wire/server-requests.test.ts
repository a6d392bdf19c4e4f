import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { COMMAND_BYTES_MAX, CommandLines } from "./allocation-command-lines.ts";
import { BASELINE_NAME_MAX, encodeRequest, REQUEST_WORD, ServerRequest } from "./server-requests.ts";

/** What `lines` makes of bytes that come in pieces cut at these places. */
function commandsOf(bytes: Buffer, cuts: readonly number[]): { commands: string[]; wrong: string | null } {
  const lines = new CommandLines();
  const commands: string[] = [];
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  for (const [index, from] of places.entries()) {
    const wrong = lines.push(bytes, from, places[index + 1] ?? bytes.length, (command) => commands.push(command));
    if (wrong !== null) return { commands, wrong };
  }
  return { commands, wrong: null };
}

test("a request comes back as it was, wherever its bytes are cut", () => {
  const name = fc.string({ unit: "binary", minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(name, fc.array(fc.nat(), { maxLength: 5 }), (name, cuts) => {
      const { commands } = commandsOf(Buffer.from(encodeRequest({ request: "baseline-save", name })), cuts);
      const json = commands[0]?.slice(REQUEST_WORD.length + 1) ?? "";
      assert.deepEqual(ServerRequest.parse(JSON.parse(json)), { request: "baseline-save", name });
    }),
  );
});

test("any bytes are commands or one reason why not, the same wherever they are cut", () => {
  const bytes = fc.uint8Array({ maxLength: 200 }).map((all) => Buffer.from(all));
  fc.assert(
    fc.property(bytes, fc.array(fc.nat(), { maxLength: 5 }), (bytes, cuts) => {
      assert.deepEqual(commandsOf(bytes, cuts), commandsOf(bytes, []));
    }),
  );
});

for (const [more, isTaken] of [
  [-1, true],
  [0, true],
  [1, false],
] as const) {
  test(`a command of the limit and ${more} bytes is ${isTaken ? "taken" : "refused"}`, () => {
    const text = "x".repeat(COMMAND_BYTES_MAX - 1 + more);
    const { commands, wrong } = commandsOf(Buffer.from(`${text}\n`), []);
    assert.deepEqual([commands.length, wrong === null], isTaken ? [1, true] : [0, false]);
  });

  test(`a baseline's name of the limit and ${more} characters is ${isTaken ? "taken" : "refused"}`, () => {
    const request = { request: "baseline-save", name: "n".repeat(BASELINE_NAME_MAX + more) };
    assert.equal(ServerRequest.safeParse(request).success, isTaken);
  });
}
