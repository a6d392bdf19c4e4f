import type uPlot from "uplot";
import { chosenBirths, cursorNs, viewState } from "../state/store.ts";
import { colour } from "./colours.ts";

const NS_PER_S = 1e9;
const BIRTH = { width: 3, height: 7 };
const DASHES = [4, 3];

/** What marks instants on a curve: where the chosen cause allocated, the instant that is held, and the cursor. */
export function drawMarks(plot: uPlot): void {
  const ratio = devicePixelRatio;
  plot.ctx.save();
  plot.ctx.fillStyle = colour("text");
  for (const bornNs of chosenBirths.value) drawBirth(plot, bornNs, ratio);
  const { comparedNs } = viewState.value;
  if (comparedNs !== null) drawLine(plot, comparedNs, "quiet", DASHES, ratio);
  drawLine(plot, cursorNs.value, "text", [], ratio);
  plot.ctx.restore();
}

/** A small triangle on the axis. */
function drawBirth(plot: uPlot, atNs: number, ratio: number): void {
  const { ctx, bbox } = plot;
  const x = xOf(plot, atNs);
  if (x === null) return;
  const bottom = bbox.top + bbox.height;
  ctx.beginPath();
  ctx.moveTo(x, bottom - BIRTH.height * ratio);
  ctx.lineTo(x - BIRTH.width * ratio, bottom);
  ctx.lineTo(x + BIRTH.width * ratio, bottom);
  ctx.fill();
}

function drawLine(plot: uPlot, atNs: number, name: string, dashes: readonly number[], ratio: number): void {
  const { ctx, bbox } = plot;
  const x = xOf(plot, atNs);
  if (x === null) return;
  ctx.strokeStyle = colour(name);
  ctx.lineWidth = 2 * ratio;
  ctx.setLineDash(dashes.map((length) => length * ratio));
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
}

/** null: it is not in what is shown. */
function xOf(plot: uPlot, atNs: number): number | null {
  const { bbox } = plot;
  const x = plot.valToPos(atNs / NS_PER_S, "x", true);
  return x < bbox.left - 1 || x > bbox.left + bbox.width + 1 ? null : x;
}
