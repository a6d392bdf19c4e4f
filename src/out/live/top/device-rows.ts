import { formatBytes } from "../../../core/base/bytes.ts";
import { count } from "../../../core/base/count.ts";
import type { LiveMemory } from "../../../core/model/live-snapshot.ts";
import { bar, sparkline } from "./gauge.ts";
import { fitted, row, type ScreenLine, type SpanStyle, span, widthOfLine } from "./line.ts";
import type { ShownDevice } from "./top-view.ts";
import { memoryName } from "./usage-history.ts";

/** Columns from which on a part is shown: the last ones are the first to go. */
const SPARK_FROM = 60;
const FREE_FROM = 76;
const PEAK_FROM = 110;
const BUFFERS_FROM = 140;

/** From this part of the whole on a memory is nearly full. */
const NEARLY_FULL = 0.9;

/** A row for each memory that a device has or uses. */
export function deviceRows(devices: readonly ShownDevice[], columns: number): ScreenLine[] {
  const labelWidth = Math.max(1, ...devices.map(({ label }) => label.length));
  return devices.flatMap((shown) => {
    const memories = shown.device.memories.filter(
      ({ capacityBytes, usedBytes }) => usedBytes > 0 || capacityBytes !== 0,
    );
    return memories.map((memory, index) => {
      return memoryRow(shown, memory, { label: index === 0 ? shown.label : "", labelWidth, columns });
    });
  });
}

interface Place {
  readonly label: string;
  readonly labelWidth: number;
  readonly columns: number;
}

function memoryRow(
  { source, device }: ShownDevice,
  memory: LiveMemory,
  { label, labelWidth, columns }: Place,
): ScreenLine {
  const { memoryType, usedBytes, capacityBytes, largestFreeBytes, peakBytes, buffers } = memory;
  const history = source.historyOf(memoryName({ ...device, memoryType }));
  const whole = capacityBytes ?? 0;
  const drawBar = (width: number): ScreenLine => {
    const { filled, rest } = bar(usedBytes, peakBytes, whole, width);
    return [
      { text: filled, look: barLookOf(usedBytes, whole) },
      { text: rest, look: "quiet" },
    ];
  };
  const drawHistory = (width: number): ScreenLine => [{ text: sparkline(history, whole, width), look: "bar" }];
  const told = (text: string | null, width: number) => ({ text: text ?? "", width, look: "quiet" as const });
  const sparkWidth = Math.max(8, Math.floor(columns / (columns < BUFFERS_FROM ? 8 : 4)));
  const isNarrow = columns < SPARK_FROM;
  return row(
    [
      { text: label, width: labelWidth, look: "title" },
      { text: memoryType, width: 8 },
      { width: { share: 1 }, draw: drawBar },
      { text: amountOf(usedBytes, capacityBytes, isNarrow ? "/" : " of "), width: isNarrow ? 15 : 19, align: "right" },
      told(
        largestFreeBytes === null ? null : `free piece ${formatBytes(largestFreeBytes)}`,
        columns < FREE_FROM ? 0 : 20,
      ),
      told(peakBytes === null ? null : `peak ${formatBytes(peakBytes)}`, columns < PEAK_FROM ? 0 : 14),
      told(buffers === null ? null : count(buffers, "buffer"), columns < BUFFERS_FROM ? 0 : 16),
      { width: isNarrow ? 0 : sparkWidth, draw: drawHistory },
    ],
    columns,
  );
}

const CELL_BAR_COLUMNS = 6;
const CELL_PART_COLUMNS = 5;
const CELL_GAP: ScreenLine = [{ text: "   ", look: "plain" }];

/** Of many devices: DRAM and L1 of each, side by side, as many as there is room for. */
export function compactDevices(devices: readonly ShownDevice[], columns: number): ScreenLine[] {
  const labelWidth = Math.max(1, ...devices.map(({ label }) => label.length));
  const cells = devices.map((shown) => deviceCell(shown, labelWidth));
  const width = Math.max(...cells.map(widthOfLine));
  const inRow = Math.max(1, Math.floor((columns + CELL_GAP.length) / (width + CELL_GAP.length)));
  return Array.from({ length: Math.ceil(cells.length / inRow) }, (_, index) => {
    const ofRow = cells.slice(index * inRow, (index + 1) * inRow);
    return fitted(
      ofRow.flatMap((cell, at) => (at === 0 ? cell : [...CELL_GAP, ...cell])),
      columns,
    );
  });
}

function deviceCell({ device, label }: ShownDevice, labelWidth: number): ScreenLine {
  const parts = ["DRAM", "L1"].flatMap((name): ScreenLine => {
    const memory = device.memories.find(({ memoryType }) => memoryType === name);
    return memory === undefined ? [] : [span(` ${name} `), ...memoryCell(memory)];
  });
  return [span(label.padStart(labelWidth), "title"), ...parts];
}

function memoryCell({ usedBytes, capacityBytes, peakBytes }: LiveMemory): ScreenLine {
  const whole = capacityBytes ?? 0;
  const { filled, rest } = bar(usedBytes, peakBytes, whole, CELL_BAR_COLUMNS);
  const told =
    whole === 0
      ? formatBytes(usedBytes).replace(/(?:\.\d+)? (.)B?$/, "$1")
      : `${Math.round((100 * usedBytes) / whole)}%`;
  return [span(filled, barLookOf(usedBytes, whole)), span(rest, "quiet"), span(told.padStart(CELL_PART_COLUMNS))];
}

function barLookOf(usedBytes: number, whole: number): SpanStyle {
  return whole > 0 && usedBytes >= whole * NEARLY_FULL ? "warning" : "bar";
}

/** "6.1 of 12.0 GB", and with both units where they are not the same. */
function amountOf(usedBytes: number, capacityBytes: number | null, between: string): string {
  const used = formatBytes(usedBytes);
  if (capacityBytes === null) return used;
  const whole = formatBytes(capacityBytes);
  const [amount, unit] = used.split(" ");
  return whole.endsWith(` ${unit}`) ? `${amount}${between}${whole}` : `${used}${between}${whole}`;
}
