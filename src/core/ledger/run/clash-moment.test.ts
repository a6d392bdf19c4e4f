import assert from "node:assert/strict";
import { test } from "node:test";
import { liveAtClash } from "./clash-moment.ts";

const buffer = (address: number, bornNs: number, diedNs: number | null = null) => {
  return { address, bytesPerBank: 10, bornNs, diedNs };
};

const addresses = (live: ReturnType<typeof liveAtClash>) => live?.map(({ address }) => address) ?? null;

test("what is live is what was, where the lowest buffer has the address that ttnn names", () => {
  const departed = [buffer(100, 1, 5)];
  assert.deepEqual(addresses(liveAtClash({ buffers: [buffer(300, 2), buffer(200, 1)], departed }, 200)), [300, 200]);
});

test("what the operation freed when it gave up was live too, and what came later was not", () => {
  const departed = [buffer(100, 1, 2), buffer(250, 3, 4), buffer(100, 6, 8), buffer(150, 7, 8), buffer(160, 7, 9)];
  const buffers = [buffer(200, 1), buffer(300, 9)];
  assert.deepEqual(addresses(liveAtClash({ buffers, departed }, 100)), [200, 100, 150, 160]);
});

test("it is not known where no buffer had that address, or another one was lower", () => {
  assert.equal(liveAtClash({ buffers: [buffer(200, 1)], departed: [] }, 100), null);
  assert.equal(liveAtClash({ buffers: [], departed: [] }, 100), null);
  assert.equal(liveAtClash({ buffers: [buffer(90, 1)], departed: [buffer(100, 2, 3)] }, 100), null);
});
