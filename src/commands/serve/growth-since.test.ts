import assert from "node:assert/strict";
import { test } from "node:test";
import { ServerBooks } from "../../core/ledger/server/server-books.ts";
import { BufferMessage, MessageType } from "../../core/model/buffer-message.ts";
import { growthSince } from "./growth-since.ts";

/** Books of which sender n has pid n. */
function booksOf(allocations: readonly { readonly pid: number; readonly address: number }[]): ServerBooks {
  const books = new ServerBooks((id) => id);
  for (const { pid, address } of allocations) books.messages.apply(message(MessageType.allocate, address), pid, 0);
  return books;
}

function message(type: number, address: number): BufferMessage {
  return Object.assign(new BufferMessage(), { type, idLow: address, sizeLow: 4096 });
}

const DRAM = { device: 0, memoryType: "DRAM" };

test("growth is what one process allocated after a moment and has not freed", async () => {
  const books = booksOf([
    { pid: 1, address: 0x1000 },
    { pid: 1, address: 0x2000 },
    { pid: 2, address: 0x3000 },
    { pid: 1, address: 0x4000 },
    { pid: 1, address: 0x5000 },
  ]);
  books.messages.apply(message(MessageType.free, 0x4000), 1, 0);
  assert.deepEqual(await growthSince(books, 1, 1), { births: 5, groups: [{ ...DRAM, buffers: 2, sizeBytes: 8192 }] });
  assert.deepEqual(await growthSince(books, 4, 1), { births: 5, groups: [{ ...DRAM, buffers: 1, sizeBytes: 4096 }] });
  assert.deepEqual(await growthSince(books, 5, 1), { births: 5, groups: [] });
});

test("without a moment only the newest allocation's number is reported", async () => {
  assert.deepEqual(await growthSince(booksOf([{ pid: 1, address: 1 }]), null, 1), { births: 1, groups: [] });
});

test("all that books have is new that were reset after the moment", async () => {
  const books = booksOf([{ pid: 1, address: 1 }]);
  assert.deepEqual(await growthSince(books, 9, 1), { births: 1, groups: [{ ...DRAM, buffers: 1, sizeBytes: 4096 }] });
});
