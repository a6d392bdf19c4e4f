const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"] as const;
const FULL = "█";
const PEAK = "│";
const LEVELS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** A bar of a part of a whole, in eighths of a column: what is more than nothing is seen. With a mark at a peak above it.
 * `whole`: 0 where it is not known, and nothing is drawn. */
export function bar(
  part: number,
  peak: number | null,
  whole: number,
  columns: number,
): { filled: string; rest: string } {
  const eighths = whole <= 0 ? 0 : Math.round((part / whole) * columns * 8);
  const seen = Math.min(columns * 8, part > 0 && whole > 0 ? Math.max(1, eighths) : 0);
  const filled = FULL.repeat(Math.floor(seen / 8)) + EIGHTHS[seen % 8];
  const at =
    peak === null || peak <= part || whole <= 0 ? -1 : Math.min(columns - 1, Math.floor((peak / whole) * columns));
  const rest = Array.from({ length: columns - filled.length }, (_, index) => {
    return filled.length + index === at ? PEAK : " ";
  });
  return { filled, rest: rest.join("") };
}

/**
 * The last values as a line, the newest at the right, between the least and the most of them; where they are all the same, at
 * their part of the whole. `whole`: 0 where it is not known.
 */
export function sparkline(values: readonly number[], whole: number, columns: number): string {
  const shown = values.slice(-columns);
  const [least, most] = [Math.min(...shown), Math.max(...shown)];
  const levels = shown.map((value) => {
    if (most > least) return Math.round(((value - least) / (most - least)) * (LEVELS.length - 1));
    return whole <= 0 ? 0 : Math.min(LEVELS.length - 1, Math.floor((value / whole) * LEVELS.length));
  });
  return levels
    .map((level) => LEVELS[level] ?? " ")
    .join("")
    .padStart(columns);
}
