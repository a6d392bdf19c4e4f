import type uPlot from "uplot";
import type { Verdict } from "../../../src/core/model/finding.ts";
import type { PageData } from "../../../src/core/model/page.ts";
import type { TestSpan, Timeline } from "../../../src/core/model/timeline.ts";
import { colour } from "./colours.ts";

const NS_PER_S = 1e9;
const BAND_HEIGHT = 9;
const NARROWEST = 1;
/** A test has to be this wide for its phases to be told apart. */
const PHASES_MIN_WIDTH = 140;

/** A test on the timeline. */
interface Band {
  readonly span: TestSpan;
  readonly kind: "bad" | "warn" | "plain";
}

/** The tests with the colour of what was found about each. */
export function bandsOf({ tests }: Timeline, page: PageData | null): readonly Band[] {
  const kinds = new Map<string, Band["kind"]>();
  for (const { verdict, fails, test } of page?.findings ?? []) {
    const about = page?.tests[test ?? -1];
    if (about === undefined || !fails) continue;
    const key = `${about.attempt} ${about.test}`;
    if (kinds.get(key) !== "bad") kinds.set(key, kindOf(verdict));
  }
  return tests.map((span) => ({ span, kind: kinds.get(`${span.attempt} ${span.test}`) ?? "plain" }));
}

function kindOf(verdict: Verdict): Band["kind"] {
  return verdict === "leak" ? "bad" : "warn";
}

/** Above the curve: a failing test is higher as well as coloured. */
export function drawBands(plot: uPlot, bands: readonly Band[]): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  let labelsTo = Number.NEGATIVE_INFINITY;
  for (const [index, { span, kind }] of bands.entries()) {
    const left = plot.valToPos(span.beginNs / NS_PER_S, "x", true);
    const right = plot.valToPos((span.endNs ?? Infinity) / NS_PER_S, "x", true);
    const end = Number.isFinite(right) ? right : bbox.left + bbox.width;
    if (end < bbox.left || left > bbox.left + bbox.width) continue;
    const width = Math.max(end - left - ratio, NARROWEST * ratio);
    const height = (kind === "plain" ? BAND_HEIGHT - 3 : BAND_HEIGHT) * ratio;
    ctx.fillStyle = colour(kind === "plain" ? (index % 2 === 0 ? "band-even" : "band-odd") : kind);
    ctx.fillRect(left, bbox.top, width, height);
    if (width > PHASES_MIN_WIDTH * ratio) labelsTo = drawPhases(plot, span, height, labelsTo);
  }
  ctx.restore();
}

/** `roomFrom`: where labels before end; gives where these do. */
function drawPhases(plot: uPlot, { phases }: TestSpan, height: number, roomFrom: number): number {
  let room = roomFrom;
  const { ctx, bbox } = plot;
  ctx.fillStyle = colour("quiet");
  ctx.textAlign = "left";
  ctx.font = `${11 * devicePixelRatio}px system-ui`;
  for (const { phase, beginNs } of phases) {
    const x = plot.valToPos(beginNs / NS_PER_S, "x", true);
    if (x < room) continue;
    const end = x + ctx.measureText(phase).width + 3 * devicePixelRatio;
    room = end + 5 * devicePixelRatio;
    ctx.fillRect(x, bbox.top, devicePixelRatio, height + 4 * devicePixelRatio);
    if (end > bbox.left + bbox.width) continue;
    ctx.fillText(phase, x + 3 * devicePixelRatio, bbox.top + height + 12 * devicePixelRatio);
  }
  return room;
}
