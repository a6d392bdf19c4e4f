import { parse, TomlError } from "smol-toml";
import { z } from "zod";
import { parseSize } from "../../core/base/bytes.ts";
import { UsageError } from "../../core/base/usage-error.ts";

/** A larger file is not a configuration, in bytes. */
export const CONFIG_BYTES_MAX = 1_048_576;

/** Characters of a fault that are shown. */
const FAULT_LENGTH_MAX = 200;

const Size = z.string().transform((text, context) => {
  try {
    return parseSize(text);
  } catch (error) {
    context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
    return z.NEVER;
  }
});

const History = z.strictObject({
  where: z.string().min(1).optional(),
  "keep-days": z.number().positive().optional(),
  "keep-size": Size.optional(),
  labels: z.record(z.string(), z.string()).default({}),
});

const Config = z.strictObject({ history: History.optional() });

/** What the user's configuration says of the history; what is null is not said. */
export interface HistoryConfig {
  readonly where: string | null;
  readonly keepDays: number | null;
  readonly keepBytes: number | null;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * The user's configuration, of which there is a table `[history]` so far; null: it says nothing of it.
 *
 * @throws UsageError, a line that names the place of the first fault
 */
export function parseConfig(text: string, name: string): HistoryConfig | null {
  const result = Config.safeParse(parseToml(text, name));
  if (!result.success) {
    const [issue] = result.error.issues;
    const what = `${issue?.path.join(".") ?? ""}: ${issue?.message}`;
    throw new UsageError(`${name}: ${what.slice(0, FAULT_LENGTH_MAX)}`);
  }
  const { history } = result.data;
  if (history === undefined) return null;
  const { where = null, "keep-days": keepDays = null, "keep-size": keepBytes = null, labels } = history;
  return { where, keepDays, keepBytes, labels };
}

function parseToml(text: string, name: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    // A RangeError: nested more deeply than the parser's stack is.
    if (error instanceof RangeError) throw new UsageError(`${name}: it is nested too deeply`);
    if (!(error instanceof TomlError)) throw error;
    throw new UsageError(`${name}:${error.line}:${error.column}: ${error.message.split("\n", 1)[0]}`);
  }
}
