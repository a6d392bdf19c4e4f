import assert from "node:assert/strict";
import { it } from "node:test";
import { CompatMap, type DeviceAddress } from "./libstdcpp-map.ts";

function place(device: number, address: bigint): DeviceAddress {
  return { device, address };
}

/** The generator that the C++ program below used too. */
function randomNumbers(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 8;
  };
}

it("finds, replaces and drops by device and address", () => {
  const map = new CompatMap<DeviceAddress & { readonly name: string }>();
  map.set({ ...place(1, 5n), name: "first" });
  map.set({ ...place(1, 5n), name: "second" });
  map.set({ ...place(-1, 5n), name: "other device" });
  assert.equal(map.size, 2);
  assert.equal(map.get(place(1, 5n))?.name, "second");
  map.delete(place(1, 5n));
  map.delete(place(1, 5n));
  assert.equal(map.get(place(1, 5n)), undefined);
  assert.deepEqual(
    map.values().map(({ name }) => name),
    ["other device"],
  );
});

it("lists what came last first, until buckets are shared", () => {
  const map = new CompatMap<DeviceAddress>();
  for (const address of [1n, 2n, 3n]) map.set(place(0, address));
  // 14 = 1 in 13 buckets, so that it joins the entry that came first.
  map.set(place(0, 14n));
  assert.deepEqual(
    map.values().map(({ address }) => address),
    [3n, 2n, 14n, 1n],
  );
});

it("lists thousands of entries as a C++ unordered_map does after the same inserts and erases", () => {
  const map = new CompatMap<DeviceAddress>();
  const next = randomNumbers();
  for (let step = 0; step < 20_000; step += 1) {
    const device = (next() % 12) - 2;
    const address = BigInt((next() % 300) * 4096) + (BigInt(next() % 2) << 63n);
    if (next() % 3 !== 0) map.set(place(device, address));
    else map.delete(place(device, address));
  }
  const sum = map.values().reduce((hash, { device, address }) => {
    return BigInt.asUintN(64, hash * 1_000_003n + BigInt(device) * 31n + address);
  }, 0n);
  // Both numbers from g++ 12 with the hash std::hash<int>(device) ^ (std::hash<uint64_t>(address) << 1).
  assert.equal(map.size, 4431);
  assert.equal(sum, 14_330_974_319_061_932_759n);
});
