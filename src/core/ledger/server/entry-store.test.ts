import assert from "node:assert/strict";
import { it } from "node:test";
import { Field } from "./buffer-entry.ts";
import { EntryStore, type Snapshot } from "./entry-store.ts";

function write(store: EntryStore, entry: number, value: number): void {
  store.writable(entry)[store.at(entry) + Field.sizeLow] = value;
}

function read(store: EntryStore, entry: number): number | undefined {
  return store.words(entry)[store.at(entry) + Field.sizeLow];
}

function seen(store: EntryStore, { chunks }: Snapshot, entry: number): number | undefined {
  return chunks[0]?.[store.at(entry) + Field.sizeLow];
}

it("does not change a snapshot while the store is written", () => {
  const store = new EntryStore();
  const entry = store.take();
  write(store, entry, 1);
  const before = store.snapshot();
  write(store, entry, 2);
  const after = store.snapshot();
  write(store, entry, 3);
  assert.deepEqual([seen(store, before, entry), seen(store, after, entry), read(store, entry)], [1, 2, 3]);
});

it("does not change a snapshot while entries are given back and taken again", () => {
  const store = new EntryStore();
  const entry = store.take();
  write(store, entry, 1);
  const snapshot = store.snapshot();
  store.give(entry);
  assert.equal(store.take(), entry);
  write(store, entry, 2);
  assert.equal(seen(store, snapshot, entry), 1);
});

it("writes in place again once every snapshot is released, and only then", () => {
  const store = new EntryStore();
  const entry = store.take();
  const [first, second] = [store.snapshot(), store.snapshot()];
  first.release();
  first.release();
  write(store, entry, 5);
  assert.notEqual(store.words(entry), second.chunks[0], "one of two is still read");
  second.release();
  const chunk = store.words(entry);
  write(store, entry, 6);
  assert.equal(store.words(entry), chunk);
});

it("takes what was given back before anything new, and grows past a chunk", () => {
  const store = new EntryStore();
  const entries = Array.from({ length: 20_000 }, () => store.take());
  assert.equal(new Set(entries).size, entries.length);
  store.give(7);
  store.give(19_999);
  assert.deepEqual(new Set([store.take(), store.take(), store.take()]), new Set([7, 19_999, 20_000]));
  assert.equal(store.inUse, 20_001);
  assert.ok(store.extent > 20_000);
});

/** Chunks that have words of their own; one stands for all that have none. */
function chunksOf(store: EntryStore): number {
  const vacant = new EntryStore();
  vacant.give(vacant.take());
  const [none] = vacant.snapshot().chunks;
  return store.snapshot().chunks.filter((chunk) => chunk !== none).length;
}

it("gives back the chunks of which nothing is in use any more, and fills them again", () => {
  const store = new EntryStore();
  const entries = Array.from({ length: 100_000 }, () => store.take());
  assert.equal(chunksOf(store), 7);
  for (const entry of entries.slice(1)) store.give(entry);
  assert.deepEqual([chunksOf(store), store.inUse], [1, 1]);
  const again = Array.from({ length: 99_999 }, () => store.take());
  assert.equal(new Set([entries[0], ...again]).size, 100_000);
  assert.ok(Math.max(...again) < store.extent);
});

it("leaves a chunk that is given back to the snapshots that have it", () => {
  const store = new EntryStore();
  const entry = store.take();
  write(store, entry, 7);
  const snapshot = store.snapshot();
  store.give(entry);
  write(store, store.take(), 8);
  assert.equal(seen(store, snapshot, entry), 7);
});
