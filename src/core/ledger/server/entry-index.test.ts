import assert from "node:assert/strict";
import { it } from "node:test";
import { Field, hashKey } from "./buffer-entry.ts";
import { EntryIndex } from "./entry-index.ts";
import { EntryStore } from "./entry-store.ts";

const OWNER = 3;

/** Files ids of one process and space under hashes of the test's choice. */
class Filed {
  readonly store = new EntryStore();
  readonly index = new EntryIndex(this.store);

  add(id: number, space = 0): number {
    const entry = this.store.take();
    const words = this.store.writable(entry);
    const at = this.store.at(entry);
    words[at + Field.idLow] = id;
    words[at + Field.idHigh] = 0;
    words[at + Field.owner] = OWNER;
    words[at + Field.place] = space;
    this.index.add(hashKey(space, OWNER, id, 0), entry);
    return entry;
  }

  find(id: number, space = 0): number {
    return this.index.find(hashKey(space, OWNER, id, 0), space, OWNER, 0);
  }

  remove(entry: number): void {
    this.index.remove(entry);
    this.store.give(entry);
  }
}

/** Ids whose hashes lead to the last slots of a table, so that they collide and go round its end. */
function crowdedIds(count: number): number[] {
  const ids: number[] = [];
  for (let id = 0; ids.length < count; id += 1) if ((hashKey(0, OWNER, id, 0) & 0x1fff) >= 0x1ffe) ids.push(id);
  return ids;
}

it("finds what was filed, and nothing else, after every removal from a cluster", () => {
  const ids = crowdedIds(60);
  const filed = new Filed();
  const entries = new Map(ids.map((id) => [id, filed.add(id)]));
  for (const [turn, removed] of ids.toSorted((a, b) => (a % 7) - (b % 7)).entries()) {
    filed.remove(entries.get(removed) ?? -1);
    entries.delete(removed);
    for (const id of ids) assert.equal(filed.find(id), entries.get(id) ?? -1, `id ${id} after ${turn + 1} removals`);
  }
});

it("keeps the same id in another space apart", () => {
  const filed = new Filed();
  const [first, second] = [filed.add(4096, 0), filed.add(4096, 1)];
  assert.deepEqual([filed.find(4096, 0), filed.find(4096, 1), filed.find(4096, 2)], [first, second, -1]);
});

it("agrees with a Map over insertions and removals while its tables split", () => {
  const filed = new Filed();
  const map = new Map<number, number>();
  for (let turn = 0; turn < 150_000; turn += 1) {
    const id = Math.imul(turn, 0x9e3779b1) >>> 15;
    const known = map.get(id);
    assert.equal(filed.find(id), known ?? -1);
    if (known === undefined) map.set(id, filed.add(id));
    else if (turn % 3 === 0) {
      filed.remove(known);
      map.delete(id);
    }
  }
  assert.ok(map.size > 40_000, `${map.size} entries fill several tables`);
  for (const [id, entry] of map) assert.equal(filed.find(id), entry);
});

it("has as few tables after a flood as before it, and finds what stayed", () => {
  const filed = new Filed();
  const before = filed.index.tables;
  const entries = Array.from({ length: 200_000 }, (_, id) => filed.add(id));
  assert.ok(filed.index.tables > 20, `${filed.index.tables} tables`);
  for (const [id, entry] of entries.entries()) if (id % 1_000 !== 0) filed.remove(entry);
  assert.equal(filed.index.tables, before);
  for (const [id, entry] of entries.entries()) assert.equal(filed.find(id), id % 1_000 === 0 ? entry : -1);
});
