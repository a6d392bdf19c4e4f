const SECOND_MS = 1000;
const MINUTE_S = 60;

/** A duration for people: "423 ms", "12.3 s", "1 min 23 s". */
export function formatDuration(durationMs: number): string {
  if (Math.round(durationMs) < SECOND_MS) return `${Math.round(durationMs)} ms`;
  const seconds = durationMs / SECOND_MS;
  if (Number(seconds.toFixed(1)) < MINUTE_S) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / MINUTE_S)} min ${whole % MINUTE_S} s`;
}
