import { parseSize } from "../../core/base/bytes.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { REPEATS_MAX } from "../../core/model/repeats-max.ts";
import { LIMIT_VARIABLES } from "./limit-options.ts";

/** Words that the plugin takes from a variable, as clients/pytest/src/tt_memwatch/options.py has them. */
export const WORDS: Readonly<Record<string, readonly string[]>> = {
  TT_MEMWATCH_CLEAR: ["always", "growth", "never"],
  TT_MEMWATCH_HOLDERS: ["off", "on", "full"],
  TT_MEMWATCH_ORIGIN: ["auto", "tracer", "wrap", "off"],
  TT_MEMWATCH_PACE: ["auto", "each"],
  TT_MEMWATCH_HOST: ["on", "off"],
};

/** Words that these variables had. */
const OLD_WORDS: Readonly<Record<string, readonly string[]>> = { TT_MEMWATCH_ORIGIN: ["trace"] };

const SIZES = [...LIMIT_VARIABLES, "TT_MEMWATCH_TRACE"];
const SWITCHES = ["TT_MEMWATCH_FAIL", "TT_MEMWATCH_EXPLAIN"];
const SWITCH = /^(1|yes|true|on|0|no|false|off)$/i;
const REPEATS = ["TT_MEMWATCH_CONFIRM", "TT_MEMWATCH_WARM_UP"];

/**
 * Checks what the plugin would refuse: pytest would end before it had said anything to us. Throws UsageError, which
 * names the variable, its value and what is right.
 */
export function checkPluginEnvironment(env: Readonly<NodeJS.ProcessEnv>): void {
  for (const [variable, words] of Object.entries(WORDS)) {
    const known = [...words, ...(OLD_WORDS[variable] ?? [])];
    check(env, variable, (text) => known.includes(text), `one of ${words.join(", ")}`);
  }
  for (const variable of SIZES) check(env, variable, isSize, '"4096", "64 KB" or the like');
  for (const variable of SWITCHES) check(env, variable, (text) => SWITCH.test(text), "yes or no");
  const isRepeats = (text: string): boolean => /^\d{1,3}$/.test(text) && Number(text) <= REPEATS_MAX;
  for (const variable of REPEATS) check(env, variable, isRepeats, `a number of repeats from 0 to ${REPEATS_MAX}`);
}

/** An empty value is none. */
function check(
  env: Readonly<NodeJS.ProcessEnv>,
  variable: string,
  isRight: (text: string) => boolean,
  wanted: string,
): void {
  const text = env[variable];
  if (text && !isRight(text)) {
    throw new UsageError(`run: ${variable} is ${JSON.stringify(text)}; wanted ${wanted}`);
  }
}

function isSize(text: string): boolean {
  try {
    parseSize(text);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
