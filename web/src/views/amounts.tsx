import { formatBytes } from "../../../src/core/base/bytes.ts";
import { sizeProps } from "./format-for-page.ts";

export function Size({ bytes }: { readonly bytes: number }) {
  return <span class="size" {...sizeProps(bytes)} />;
}

/** A change of size with its sign. */
export function Change({ bytes }: { readonly bytes: number }) {
  const { title } = sizeProps(bytes);
  const kind = bytes > 0 ? "grew" : bytes < 0 ? "shrank" : "same";
  return (
    <span class={`size ${kind}`} title={title}>
      {bytes > 0 ? "+" : ""}
      {formatBytes(bytes)}
    </span>
  );
}

const SPARKLINE_HEIGHT = 17;

/** Amounts over time as a line of bars. */
export function Sparkline({ values }: { readonly values: readonly number[] }) {
  const most = Math.max(...values, 1);
  const width = Math.max(2, Math.min(8, Math.floor(120 / values.length)));
  const size = { width: width * values.length, height: SPARKLINE_HEIGHT };
  // Where there is less room, its bars are narrower.
  const box = `0 0 ${size.width} ${size.height}`;
  return (
    <svg class="sparkline" {...size} viewBox={box} preserveAspectRatio="none" aria-hidden="true">
      <path d={values.map((value, index) => barPath(index * width, width - 1, value / most)).join("")} />
    </svg>
  );
}

/** A bar of a sparkline; what is nothing is seen as well. */
function barPath(left: number, width: number, share: number): string {
  const height = Math.max(1, Math.max(share, 0) * SPARKLINE_HEIGHT);
  return `M${left} ${SPARKLINE_HEIGHT}v${-height}h${width}v${height}z`;
}
