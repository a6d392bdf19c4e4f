import { InvalidArgumentError, Option } from "commander";
import { parseSize } from "../../core/base/bytes.ts";
import { NO_TOLERANCE, type Tolerance } from "../../core/known/tolerance.ts";

const PERCENT = /^(\d+(?:\.\d+)?)\s*%$/;

/** `--NAME 64 KB` or `--NAME 10%`. */
export function toleranceOption(name: string): Option {
  const what = 'how much more than before does not count as growth, e.g. "64 KB" or 10% (default: nothing)';
  return new Option(`--${name} <size>`, what).argParser(parseTolerance);
}

function parseTolerance(text: string): Tolerance {
  const percent = PERCENT.exec(text.trim())?.[1];
  if (percent !== undefined) return { ...NO_TOLERANCE, share: Number(percent) / 100 };
  try {
    return { ...NO_TOLERANCE, bytes: parseSize(text) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InvalidArgumentError('Wanted a size such as "64 KB", or a share such as 10%.');
  }
}
