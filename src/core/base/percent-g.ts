const SIGNIFICANT_DIGITS = 6;
/** Enough for every digit of a safe integer divided by a power of two up to 2^40. */
const EXACT_DIGITS = 60;
const FIXED_EXPONENT_MIN = -4;

/**
 * A number as C++ streams and printf's `%.6g` write it: six significant digits, ties to even on the exact binary value,
 * no trailing zeros, exponents of at least two digits. `toPrecision` rounds ties away from zero and keeps the zeros.
 *
 * @param value not negative and finite
 */
export function formatPercentG(value: number): string {
  if (value === 0) return "0";
  const { digits, exponent } = roundHalfEven(value);
  const significant = digits.replace(/0+$/, "");
  if (exponent < FIXED_EXPONENT_MIN || exponent >= SIGNIFICANT_DIGITS) return scientific(significant, exponent);
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${significant}`;
  const whole = significant.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const fraction = significant.slice(exponent + 1);
  return fraction === "" ? whole : `${whole}.${fraction}`;
}

/** The value as d.ddddd x 10^exponent, its digits without the point. */
function roundHalfEven(value: number): { readonly digits: string; readonly exponent: number } {
  const [mantissa = "", power = ""] = value.toExponential(EXACT_DIGITS).split("e");
  const all = mantissa.replace(".", "");
  const kept = Number(all.slice(0, SIGNIFICANT_DIGITS));
  const rest = all.slice(SIGNIFICANT_DIGITS);
  const half = `5${"0".repeat(rest.length - 1)}`;
  const isUp = rest > half || (rest === half && kept % 2 === 1);
  const digits = String(kept + (isUp ? 1 : 0));
  // 999999.5 becomes 1000000: one digit more, and one power.
  return { digits, exponent: Number(power) + digits.length - SIGNIFICANT_DIGITS };
}

function scientific(significant: string, exponent: number): string {
  const fraction = significant.slice(1);
  const sign = exponent < 0 ? "-" : "+";
  const power = String(Math.abs(exponent)).padStart(2, "0");
  return `${significant.slice(0, 1)}${fraction === "" ? "" : `.${fraction}`}e${sign}${power}`;
}
