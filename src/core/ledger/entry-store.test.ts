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
  assert.deepEqual([store.take(), store.take(), store.take()], [19_999, 7, 20_000]);
  assert.equal(store.extent, 20_001);
});
