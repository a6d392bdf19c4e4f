import assert from "node:assert/strict";
import { test } from "node:test";
import type { PluginMessage } from "../wire/plugin-messages.ts";
import { PluginTextBudget } from "./plugin-text-budget.ts";

function holders(path: string): PluginMessage {
  return { kind: "holders", device: 1, memoryType: "DRAM", address: 0x20n, paths: [path] };
}

/** Bytes that each of two messages count for, found by what is the least that lets it through. */
function leastFor(message: PluginMessage): number {
  let bytes = 0;
  while (new PluginTextBudget(bytes, bytes).take(message) !== "kept") bytes += 1;
  return bytes;
}

test("text is kept up to the limit; what is one byte over is left out and counted, and something shorter still fits", () => {
  const least = leastFor(holders("x"));
  const text = new PluginTextBudget(0, 2 * least);
  assert.equal(text.take(holders("xx")), "kept");
  assert.equal(text.take(holders("x")), "left-out");
  assert.equal(text.take(holders("")), "kept");
  assert.equal(text.leftOut, 1);
});

test("a message counts for each byte of its text, and for each text however short", () => {
  assert.equal(leastFor(holders("ü")) - leastFor(holders("")), 2);
  const many: PluginMessage = { ...(holders("") as Extract<PluginMessage, { kind: "holders" }>), paths: ["", "", ""] };
  assert.ok(leastFor(many) - leastFor(holders("")) >= 2 * 16);
});

test("details that are over their limit cost no names, and names that are over theirs are refused", () => {
  const fixture = { name: "f", scope: "module", baseId: "t.py" } as const;
  const context: PluginMessage = {
    kind: "context",
    number: 1,
    group: null,
    phase: "fixture",
    fixture,
    subtest: null,
    atNs: null,
  };
  const text = new PluginTextBudget(leastFor(context), 0);
  assert.equal(text.take(holders("x")), "left-out");
  assert.equal(text.take(context), "kept");
  assert.equal(text.take(context), "refused");
});

test("measurements without a fixture, blocks and ends are heard however much text there was", () => {
  const text = new PluginTextBudget(0, 0);
  const look: PluginMessage = {
    kind: "measurement",
    moment: "after",
    fixture: null,
    device: { key: 1, chips: [0], shape: [1, 1], parent: null },
    usage: [],
    liveBlocks: 0,
    cacheEntries: 0,
  };
  for (const message of [
    look,
    { kind: "bye", exitStatus: 0, dropped: 0 } as const,
    { kind: "device-end", device: 1 } as const,
  ]) {
    assert.equal(text.take(message), "kept");
  }
});
