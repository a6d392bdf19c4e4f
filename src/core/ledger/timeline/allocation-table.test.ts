import assert from "node:assert/strict";
import { test } from "node:test";
import { AllocationTable } from "./allocation-table.ts";

const DEAD_MAX = 4;

const BORN = {
  series: 0,
  ring: 0,
  sizeBytes: 1,
  requestedBytes: null,
  banks: 0,
  bornNs: 0,
  context: 0,
  stack: 0,
  operation: 0,
};

/** A table in which buffers lived for so long, one after the other, and after them one that is live. */
function tableOf(lives: readonly number[]) {
  const moves: number[][] = [];
  const table = new AllocationTable((newRows) => moves.push([...newRows]), DEAD_MAX);
  const rows = [...lives, 0].map((_, index) => table.bear({ ...BORN, address: index }));
  for (const [index, life] of lives.entries()) table.end(rows[index] ?? 0, life, 0);
  return { table, moves };
}

const addressesOf = (table: AllocationTable) => [...table.columns.address.slice(0, table.rows)];

test("as many as the limit says are kept of what died, and one fewer", () => {
  for (const lives of [
    [9, 1, 8],
    [9, 1, 8, 2],
  ]) {
    const { table, moves } = tableOf(lives);
    assert.deepEqual([table.rows, table.omitted, moves], [lives.length + 1, 0, []]);
  }
});

test("beyond it those that lived shortest are left out, and it can be said which these are", () => {
  const { table, moves } = tableOf([9, 1, 8, 2, 3]);
  assert.deepEqual([addressesOf(table), table.omitted, table.omittedBelowNs], [[0, 2, 5], 3, 4]);
  assert.deepEqual(moves, [[0, -1, 1, -1, -1, 2]]);
});

test("what is live is always kept", () => {
  const table = new AllocationTable(() => {}, DEAD_MAX);
  for (let address = 0; address < 5_000; address++) table.bear({ ...BORN, address });
  assert.deepEqual([table.rows, table.omitted, table.columns.address[4_999]], [5_000, 0, 4_999]);
});
