import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  liveBuffer,
  liveCause,
  liveDevice,
  liveMemory,
  liveProcess,
  liveSnapshot,
} from "../../../fixtures/live/snapshots.ts";
import {
  LIVE_BUFFERS_MAX,
  LIVE_CAUSES_MAX,
  LIVE_DEVICES_MAX,
  LIVE_LINE_BYTES_MAX,
  LIVE_PROCESSES_MAX,
  LIVE_TEXT_CHARACTERS_MAX,
  type LiveSnapshot,
} from "../../core/model/live-snapshot.ts";
import { LiveSnapshots } from "./live-snapshot-lines.ts";
import { WireError } from "./wire-error.ts";

function linesOf(...values: readonly unknown[]): Buffer {
  return Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(""));
}

it("snapshots are read as they were sent, however the stream is cut", () => {
  const told = [liveSnapshot(), liveSnapshot({ state: "ended", devices: [], tests: null, largest: [] })];
  const bytes = linesOf(...told);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: bytes.length })), (places) => {
      const cuts = [0, ...places.toSorted((a, b) => a - b), bytes.length];
      const reader = new LiveSnapshots();
      const read = cuts.slice(1).flatMap((end, index) => [...reader.push(bytes.subarray(cuts[index], end))]);
      assert.deepEqual(read, told);
    }),
  );
});

describe("what cannot be read is refused with what is wrong", () => {
  for (const [name, value, wanted] of [
    ["no JSON", null, /not a snapshot/],
    ["another version", { schema: "urn:tt-memwatch:live:2" }, /live:2.*want urn:tt-memwatch:live:1/],
    ["a field of another kind", { ...liveSnapshot(), buffers: "many" }, /buffers/],
    ["an address that is none", { ...liveSnapshot(), largest: [liveBuffer({ address: "\u001b[2J" })] }, /address/],
  ] as const) {
    it(name, () => {
      assert.throws(
        () => [...new LiveSnapshots().push(linesOf(value))],
        (error) => {
          assert.ok(error instanceof WireError);
          assert.match(error.message, wanted);
          return true;
        },
      );
    });
  }
});

/** All that a snapshot may have, of characters that take most room. */
function largestSnapshot(extra: number): LiveSnapshot {
  const text = "\u0001".repeat(LIVE_TEXT_CHARACTERS_MAX);
  const line = { file: text, line: 1e9 };
  const times = <T>(amount: number, value: T): T[] => Array.from({ length: amount + extra }, () => value);
  const memory = liveMemory({ usedBytes: Number.MAX_SAFE_INTEGER, memoryType: "SYSTEM_MEMORY" });
  const device = liveDevice({ memories: Array.from({ length: 8 }, () => memory) });
  const running = {
    test: text,
    phase: "teardown" as const,
    forMs: Number.MAX_SAFE_INTEGER,
    quietMs: Number.MAX_SAFE_INTEGER,
  };
  const standstill = { kind: "uninterruptible" as const, forMs: Number.MAX_SAFE_INTEGER };
  const known = { by: "suppression" as const, reason: text, ref: text };
  const cause = liveCause({ id: text, known, operation: text, line, holder: text, test: text, evidence: text });
  const buffer = liveBuffer({ operation: text, line, test: text, fixture: text, holder: text });
  return liveSnapshot({
    devices: times(LIVE_DEVICES_MAX, device),
    processes: times(LIVE_PROCESSES_MAX, liveProcess({ worker: text, running, standstill })),
    causes: { ...liveSnapshot().causes, list: times(LIVE_CAUSES_MAX, cause) },
    largest: times(LIVE_BUFFERS_MAX, buffer),
  });
}

it("the largest snapshot fits into a line", () => {
  const bytes = linesOf(largestSnapshot(0));
  assert.ok(bytes.length <= LIVE_LINE_BYTES_MAX, `${bytes.length}`);
  assert.equal([...new LiveSnapshots().push(bytes)].length, 1);
});

it("what an earlier program of this version does not report is not known", () => {
  const { processes, causes, ...snapshot } = liveSnapshot();
  const earlier = {
    ...snapshot,
    processes: processes.map(({ standstill: _, ...process }) => {
      const { quietMs: _quiet, ...running } = process.running ?? {};
      return { ...process, running };
    }),
    causes: { ...causes, known: undefined, list: causes.list.map(({ known: _, ...cause }) => cause) },
  };
  const [read] = [...new LiveSnapshots().push(Buffer.from(`${JSON.stringify(earlier)}\n`))];
  const [process] = read?.processes ?? [];
  assert.deepEqual([process?.standstill, process?.running?.quietMs], [null, null]);
  assert.deepEqual([read?.causes.known, read?.causes.list[0]?.known], [0, null]);
});

it("one of more than a snapshot may have is refused", () => {
  assert.throws(() => [...new LiveSnapshots().push(linesOf(largestSnapshot(1)))], WireError);
});
