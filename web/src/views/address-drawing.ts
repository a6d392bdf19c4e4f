import type { Timeline } from "../../../src/core/model/timeline.ts";
import type { AddressMap, FailedPlace, Hole } from "../model/address-map.ts";
import type { RowOwners } from "../model/owners.ts";
import { PixelShares } from "../model/pixel-shares.ts";
import { colour, groupColour, OTHER_COLOUR } from "./colours.ts";

export const COLOURINGS = ["cause", "test", "age"] as const;

export type Colouring = (typeof COLOURINGS)[number];

const ROWS = 8;
const ROW_HEIGHT = 22;
const ROW_GAP = 6;
const STRIPE_EVERY = 7;
/** Buffers a pixel that are told apart, at most. */
const TOLD_APART = 0.25;
export const MAP_HEIGHT = ROWS * (ROW_HEIGHT + ROW_GAP);

type Pieces = (address: number, bytes: number, draw: DrawPiece, narrowest?: number) => void;
type DrawPiece = (x: number, y: number, w: number) => void;

interface Drawn {
  readonly map: AddressMap;
  readonly owners: RowOwners;
  readonly timeline: Timeline;
  readonly colouring: Colouring;
  readonly atNs: number;
  /** Of an allocation that failed at that instant; null: none did. */
  readonly failed: FailedPlace | null;
}

/** Draws a bank, wrapped into rows. `width`: of the canvas, in pixels of the page. */
export function drawMap(canvas: HTMLCanvasElement, width: number, drawn: Drawn): void {
  canvas.width = width * devicePixelRatio;
  canvas.height = MAP_HEIGHT * devicePixelRatio;
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.scale(devicePixelRatio, devicePixelRatio);
  const { from, to, largestHole } = drawn.map;
  const rowBytes = Math.max((to - from) / ROWS, 1);
  const piece: Pieces = (address, bytes, draw, narrowest = 1) => {
    let begin = address - from;
    const end = Math.min(begin + bytes, to - from);
    while (begin < end) {
      const row = Math.min(Math.floor(begin / rowBytes), ROWS - 1);
      const stop = row === ROWS - 1 ? end : Math.min(end, (row + 1) * rowBytes);
      const x = ((begin - row * rowBytes) / rowBytes) * width;
      draw(x, row * (ROW_HEIGHT + ROW_GAP), Math.max(((stop - begin) / rowBytes) * width, narrowest));
      if (stop <= begin) break;
      begin = stop;
    }
  };
  context.fillStyle = colour("hole");
  piece(from, to - from, (x, y, w) => context.fillRect(x, y, w, ROW_HEIGHT));
  drawBuffers(context, width, drawn, piece);
  if (largestHole !== null) {
    context.fillStyle = colour("good");
    piece(largestHole.address, largestHole.bytesPerBank, (x, y, w) => context.fillRect(x, y + ROW_HEIGHT - 3, w, 3));
  }
  if (drawn.failed === null) return;
  const { fits, missing } = drawn.failed;
  const hatch = ({ address, bytesPerBank }: Hole, lean: number, name: string): void => {
    piece(address, bytesPerBank, (x, y, w) => drawHatch(context, [x, y, w], lean, colour(name)));
  };
  if (fits !== null) hatch(fits, 1, "good");
  for (const each of missing) hatch(each, -1, "bad");
}

/**
 * A buffer is seen, however small it is. Where there are as many as pixels, only those of findings are: what is free between the
 * others would look as if it was used, so a pixel has as much of a colour as lies in it.
 */
function drawBuffers(context: CanvasRenderingContext2D, width: number, drawn: Drawn, piece: Pieces): void {
  const { buffers } = drawn.map;
  const fill = fillsOf(drawn);
  const isDense = buffers.length > width * ROWS * TOLD_APART;
  const isSeen = (row: number): boolean =>
    !isDense || (drawn.colouring === "cause" && drawn.owners.cause(row) !== null);
  const shares = new PixelShares(width, ROWS);
  for (const { row, address, bytesPerBank } of buffers) {
    if (isSeen(row)) continue;
    piece(address, bytesPerBank, (x, y, w) => shares.add(fill(row), y / (ROW_HEIGHT + ROW_GAP), x, w), 0);
  }
  shares.each((colourOf, row, x, share) => {
    context.fillStyle = colourOf;
    context.globalAlpha = share;
    context.fillRect(x, row * (ROW_HEIGHT + ROW_GAP), 1, ROW_HEIGHT);
  });
  context.globalAlpha = 1;
  for (const { row, address, bytesPerBank } of buffers) {
    if (!isSeen(row)) continue;
    context.fillStyle = fill(row);
    piece(address, bytesPerBank, (x, y, w) => context.fillRect(x, y, w > 3 ? w - 0.5 : w, ROW_HEIGHT));
  }
}

/** Stripes that lean to one side or the other, in a frame: they are told apart without their colours. */
function drawHatch(
  context: CanvasRenderingContext2D,
  [x, y, w]: readonly [x: number, y: number, w: number],
  lean: number,
  stroke: string,
): void {
  context.save();
  context.beginPath();
  context.rect(x, y, w, ROW_HEIGHT);
  context.clip();
  context.lineWidth = 2;
  // Stripes are seen on light and on dark buffers.
  for (const [style, shift] of [
    [colour("panel"), 2],
    [stroke, 0],
  ] as const) {
    context.strokeStyle = style;
    context.beginPath();
    for (let at = x - ROW_HEIGHT; at < x + w + ROW_HEIGHT; at += STRIPE_EVERY) {
      context.moveTo(at + shift, lean > 0 ? y + ROW_HEIGHT : y);
      context.lineTo(at + shift + ROW_HEIGHT, lean > 0 ? y : y + ROW_HEIGHT);
    }
    context.stroke();
  }
  context.strokeRect(x, y, w, ROW_HEIGHT);
  context.restore();
}

/** What a colour of the map stands for. */
export interface LegendRow {
  readonly group: string | number | null;
  readonly colour: string;
  readonly bytesPerBank: number;
}

/** Groups of the map's buffers, largest first, with the colour of each; null: of none. */
export function legendOf({
  map,
  owners,
  colouring,
}: Omit<Drawn, "timeline" | "atNs" | "failed">): readonly LegendRow[] {
  if (colouring === "age") return [];
  const sizes = new Map<string | number | null, number>();
  for (const { row, bytesPerBank } of map.buffers) {
    const group = groupOf(row, owners, colouring);
    sizes.set(group, (sizes.get(group) ?? 0) + bytesPerBank);
  }
  const ordered = [...sizes].toSorted(([, a], [, b]) => b - a);
  const named = ordered.filter(([group]) => group !== null);
  return ordered.map(([group, bytesPerBank]) => {
    const index = named.findIndex(([each]) => each === group);
    return { group, bytesPerBank, colour: index === -1 ? OTHER_COLOUR : groupColour(index) };
  });
}

function groupOf(row: number, owners: RowOwners, colouring: Exclude<Colouring, "age">): string | number | null {
  return colouring === "cause" ? owners.cause(row) : owners.test(row);
}

/** The colour of a row of the table of allocations. */
function fillsOf(drawn: Drawn): (row: number) => string {
  const { map, owners, timeline, colouring, atNs } = drawn;
  if (colouring === "age") return ageFill(map, timeline, atNs);
  const colours = new Map(legendOf(drawn).map(({ group, colour: name }) => [group, colour(name)]));
  const none = colour(OTHER_COLOUR);
  return (row) => colours.get(groupOf(row, owners, colouring)) ?? none;
}

/** From just allocated, light, to the oldest, dark. */
function ageFill({ buffers }: AddressMap, { allocations }: Timeline, atNs: number): (row: number) => string {
  const ageOf = (row: number): number => atNs - (allocations.bornNs[row] ?? 0);
  const oldest = Math.max(...buffers.map(({ row }) => ageOf(row)), 1);
  const base = colour("g0");
  return (row) => `color-mix(in oklab, ${base} ${Math.round(25 + (ageOf(row) / oldest) * 75)}%, ${colour("panel")})`;
}
