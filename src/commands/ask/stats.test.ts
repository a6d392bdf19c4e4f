import assert from "node:assert/strict";
import { test } from "node:test";
import { statsText } from "./stats.ts";

const NOTHING = {
  server: { version: "0.1.0", pid: 1, socket: "/s", uptimeSeconds: 2, compat: null, faults: 0 },
  connections: { open: 0, total: 0, refused: 0, dropped: 0, dialects: {}, unknownSizes: {}, refusals: [] },
  messages: { applied: 0, outcomes: {}, refused: {}, resized: 0 },
  processes: { alive: 0, unverifiable: [], atExit: [] },
  traced: [],
  tables: {},
  lost: 0,
  devices: [],
};

test("a dialect that is named by the size of its frames does not read as a number of connections", () => {
  const dialects = { "72": 1, "helper-32": 0, text: 2 };
  const text = statsText({ ...NOTHING, connections: { ...NOTHING.connections, open: 2, total: 3, dialects } });
  assert.match(text, /^connections +2 open, 3 in all: 1 with frames of 72 bytes, 2 of text$/m);
  assert.match(statsText(NOTHING), /^connections +0 open, 0 in all: none$/m);
});
