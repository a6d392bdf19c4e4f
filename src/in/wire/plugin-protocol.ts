import type * as z from "zod";
import { printable } from "../../core/base/printable.ts";
import type { Line } from "./line-framing.ts";
import { isKnownKind, MESSAGES, type PluginMessage } from "./plugin-messages.ts";
import { WireError } from "./wire-error.ts";

/** The protocol between the pytest plugin and the engine; docs/formats.md, "Plugin protocol", is its definition. */
export const PLUGIN_PROTOCOL = 2;

/** Longest text shown of a value that was not understood, in characters. */
const SHOWN_CHARACTERS_MAX = 80;

/** What the engine answers to a hello. */
export type EngineMessage =
  | { readonly kind: "welcome"; readonly protocol: number; readonly engine: string; readonly readsUnsent: boolean }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Decodes one line of the plugin protocol. Unknown keys are dropped, an unknown kind is returned as such; anything else
 * that is not as docs/formats.md has it throws WireError with the line's offset.
 */
export function decodeLine(line: Line): PluginMessage {
  const text = decodeUtf8(line);
  const value = parseJson(text, line);
  const kind = kindOf(value);
  // As it came: what is nested too deeply can be read and not be written again.
  if (kind === null) throw new WireError(`a message without a kind: ${shown(text)}`, line.offset);
  if (!isKnownKind(kind)) return { kind: "unknown", name: shown(kind) };
  const result = MESSAGES[kind].safeParse(value);
  if (result.success) return result.data;
  throw new WireError(describe(kind, result.error), line.offset);
}

/** Writes one answer as a line. */
export function encodeLine(message: EngineMessage): string {
  return `${JSON.stringify(message)}\n`;
}

function parseJson(text: string, { offset }: Line): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // A RangeError: nested too deeply for the parser.
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    throw new WireError(`not JSON: ${shown(text)}`, offset);
  }
}

function decodeUtf8(line: Line): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line.bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const bytes = Buffer.from(line.bytes.subarray(0, SHOWN_CHARACTERS_MAX / 2)).toString("hex");
    throw new WireError(`not UTF-8: bytes ${bytes}`, line.offset);
  }
}

function kindOf(value: unknown): string | null {
  if (typeof value !== "object" || value === null || !("kind" in value)) return null;
  return typeof value.kind === "string" ? value.kind : null;
}

function describe(kind: string, error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return `a ${kind} that is not as it should be`;
  const where = issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
  return `a ${kind} with an error${shown(where)}: ${issue.message}`;
}

/** Makes foreign text safe to print: no control characters, no more than a part of a line. */
function shown(text: string): string {
  const beginning = printable(text.slice(0, SHOWN_CHARACTERS_MAX));
  return text.length <= SHOWN_CHARACTERS_MAX ? beginning : `${beginning}…`;
}
