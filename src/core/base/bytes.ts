/** The earlier system's unit: its "36 KB" was 36,864 bytes. */
const STEP = 1024;
const UNITS = ["B", "KB", "MB", "GB", "TB"] as const;

const SIZE = /^(\d+(?:\.\d+)?)\s*(?:([KMGT])i?)?B?$/i;

/**
 * A number of bytes for people: "512 B", "1.2 KB", "24.0 MB". One decimal above 1023 B, in the largest unit that
 * leaves at least 1.0 after rounding.
 */
export function formatBytes(sizeBytes: number): string {
  const magnitude = Math.abs(sizeBytes);
  let unit = 0;
  let amount = magnitude;
  while (unit < UNITS.length - 1 && roundsToStep(amount, unit)) {
    amount /= STEP;
    unit += 1;
  }
  const sign = sizeBytes < 0 ? "-" : "";
  return `${sign}${unit === 0 ? amount : amount.toFixed(1)} ${UNITS[unit]}`;
}

/** Whether the amount would be printed as 1024 of its unit or more. */
function roundsToStep(amount: number, unit: number): boolean {
  return Number(unit === 0 ? amount : amount.toFixed(1)) >= STEP;
}

/**
 * Reads a size as people write it: "4096", "64KB", "1 MB", "1.5 MiB", "0". KB and KiB are both 1024 bytes. A fraction needs such a unit, and is
 * rounded down to whole bytes. The plugin reads the same: fixtures/sizes.json.
 *
 * @throws RangeError naming the text and the wanted form, also for unsafe integers.
 */
export function parseSize(text: string): number {
  const match = SIZE.exec(text.trim());
  if (match === null) throw sizeError(text);
  const [, amount = "", prefix = ""] = match;
  const exponent = prefix === "" ? 0 : UNITS.findIndex((unit) => unit.startsWith(prefix.toUpperCase()));
  const sizeBytes = Math.floor(Number(amount) * STEP ** exponent);
  const isFractionOfByte = prefix === "" && amount.includes(".");
  if (isFractionOfByte || !Number.isSafeInteger(sizeBytes)) throw sizeError(text);
  return sizeBytes;
}

function sizeError(text: string): RangeError {
  return new RangeError(
    `${JSON.stringify(text)} is not a size; wanted e.g. "4096", "64 KB" or "1.5 MB" (1 KB = 1024 bytes)`,
  );
}

/** Bytes as JSON has them: an integer that every reader of JSON reads exactly. What is larger is the largest, 2^53 - 1. */
export function jsonBytes(sizeBytes: bigint | number): number {
  return Math.min(Number(sizeBytes), Number.MAX_SAFE_INTEGER);
}
