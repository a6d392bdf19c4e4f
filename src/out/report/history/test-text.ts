import { formatBytes } from "../../../core/base/bytes.ts";
import { count } from "../../../core/base/count.ts";
import { printable } from "../../../core/base/printable.ts";
import { rateText } from "../../../core/model/growth-rate.ts";
import type { GrowthOverRuns, TestSighting } from "../../../core/model/history.ts";
import { MEMORY_TYPES, type MemoryType } from "../../../core/model/memory-type.ts";
import { plainTable } from "../plain-table.ts";
import { commitOf, refOf, timeOf } from "./history-words.ts";
import { sparkline } from "./sparkline.ts";

/** Columns of a chart. */
const CHART_WIDTH = 60;

/** Rows of the table: the chart has all. */
const ROWS_MAX = 10;

const AMOUNTS = ["left", "peak"] as const;

/** One amount of one memory that was not always 0. */
interface Series {
  readonly what: (typeof AMOUNTS)[number];
  readonly memoryType: MemoryType;
  readonly values: readonly (number | null)[];
}

/** What a test left and needed over runs, the oldest first: a chart of each memory, and the last runs as a table. */
export function testText(test: string, sightings: readonly TestSighting[], growth: readonly GrowthOverRuns[]): string {
  const series = seriesOf(sightings);
  const shown = sightings.slice(-ROWS_MAX);
  const columns = [
    ["began (UTC)", "left"],
    ["commit", "left"],
    ["outcome", "left"],
    ...series.map(({ what, memoryType }) => [`${what} ${memoryType}`, "right"] as const),
  ] as const;
  const rows = shown.map(({ run, outcome, state }, index) => [
    timeOf(run.startedAt),
    commitOf(run.commit),
    state === "checked"
      ? (outcome ?? "")
      : `${outcome ?? ""} (${state === "no-device" ? "no device" : "not checked"})`.trim(),
    ...series.map(({ values }) => bytesOf(values[sightings.length - shown.length + index] ?? null)),
  ]);
  const head = `${printable(test)}: ${count(sightings.length, "run")}`;
  const none = series.length === 0 ? ["It left and needed nothing that was measured."] : [];
  return `${[head, ...none, ...series.map(chart), ...growth.map(growthLine), "", plainTable(columns, rows)].join("\n")}\n`;
}

function seriesOf(sightings: readonly TestSighting[]): Series[] {
  const all = AMOUNTS.flatMap((what) =>
    MEMORY_TYPES.map((memoryType): Series => {
      const values = sightings.map((sighting) =>
        sighting.state === "checked" ? (sighting[what][memoryType] ?? null) : null,
      );
      return { what, memoryType, values };
    }),
  );
  return all.filter(({ values }) => values.some((value) => value !== null && value !== 0));
}

function chart({ what, memoryType, values }: Series): string {
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)].map(formatBytes);
  const range = low === high ? `always ${low}` : `${low} to ${high}`;
  return `  ${what} ${memoryType.padEnd(8)} ${sparkline(values, CHART_WIDTH)}  ${range}`;
}

/** "left DRAM grows exactly 24.0 KB a day since 2026-11-11 at c11; not yet on 2026-11-10 at c10". */
function growthLine({ memoryType, perDay, lastWithout, firstWith }: GrowthOverRuns): string {
  const began = `since ${refOf(firstWith)}; not yet on ${refOf(lastWithout)}`;
  return `  left ${memoryType} grows ${rateText(perDay, "day")} ${began}`;
}

function bytesOf(value: number | null): string {
  return value === null ? "" : formatBytes(value);
}
