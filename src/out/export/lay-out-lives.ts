import type { ExportedLife, ExportedMemory } from "../../core/model/exported-recording.ts";

/** Rows of lives of which no two in one row overlap, as few as that takes, by memory. Each row is in the order of births. */
export function layOutLives(lives: readonly ExportedLife[]): Map<ExportedMemory, ExportedLife[][]> {
  const byMemory = Map.groupBy(lives, ({ memory }) => memory);
  return new Map([...byMemory].map(([memory, some]) => [memory, rowsOf(some)]));
}

function rowsOf(lives: readonly ExportedLife[]): ExportedLife[][] {
  const steps = lives.flatMap((life) => [
    { step: life.bornStep, life, isBirth: true },
    ...(life.diedStep === Number.POSITIVE_INFINITY ? [] : [{ step: life.diedStep, life, isBirth: false }]),
  ]);
  steps.sort((a, b) => a.step - b.step);
  const rows: ExportedLife[][] = [];
  const free: ExportedLife[][] = [];
  const rowOf = new Map<ExportedLife, ExportedLife[]>();
  for (const { life, isBirth } of steps) {
    if (isBirth) {
      const row = free.pop() ?? newRow(rows);
      row.push(life);
      rowOf.set(life, row);
    } else free.push(rowOf.get(life) ?? []);
  }
  return rows;
}

function newRow(rows: ExportedLife[][]): ExportedLife[] {
  const row: ExportedLife[] = [];
  rows.push(row);
  return row;
}
