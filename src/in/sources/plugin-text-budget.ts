import type { PluginMessage } from "../wire/plugin-messages.ts";

/**
 * What describes left-over memory (holders, stacks, functions, tensors) and why tests were not checked, of one run, in
 * bytes. What is beyond is left out.
 */
export const DETAIL_BYTES_MAX = 134_217_728;

/**
 * Names of tests, fixtures, processes and rings, of one run, in bytes: 400,000 tests with ids of 100 characters. Without
 * them nothing more can be said of a process, so a connection with more is refused.
 */
export const NAME_BYTES_MAX = 134_217_728;

/** Of a string in memory besides its characters, and of a number in a list. */
const STRING_BYTES = 16;
const NUMBER_BYTES = 8;

/** Put in the place of why a test was not checked, so that it does not pass for one that was. */
export const REASON_LEFT_OUT = "its reason was left out: plugins sent more text than is kept of one run";

/** Which part a kind of message counts for; those left out keep no text. */
const PARTS: Readonly<Partial<Record<PluginMessage["kind"], "name" | "detail">>> = {
  hello: "name",
  "test-begin": "name",
  measurement: "name",
  context: "name",
  tracing: "name",
  "not-checked": "detail",
  "not-warmed-up": "detail",
  "not-repeated": "detail",
  tensor: "detail",
  holders: "detail",
  inside: "detail",
  origin: "detail",
  "memory-error": "detail",
};

/** The text that one run keeps of what plugins say, over all connections. */
export class PluginTextBudget {
  #nameBytesLeft: number;
  #detailBytesLeft: number;
  #leftOut = 0;

  /** The limits are for tests. */
  constructor(nameBytesMax = NAME_BYTES_MAX, detailBytesMax = DETAIL_BYTES_MAX) {
    this.#nameBytesLeft = nameBytesMax;
    this.#detailBytesLeft = detailBytesMax;
  }

  /** Messages of which something was left out. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** `refused`: it cannot do without. `left-out`: it can, and is counted. */
  take(message: PluginMessage): "kept" | "left-out" | "refused" {
    const part = PARTS[message.kind];
    if (part === undefined) return "kept";
    const bytes = bytesOf(textOf(message));
    if (part === "name") {
      if (bytes > this.#nameBytesLeft) return "refused";
      this.#nameBytesLeft -= bytes;
      return "kept";
    }
    if (bytes > this.#detailBytesLeft) {
      this.#leftOut += 1;
      return "left-out";
    }
    this.#detailBytesLeft -= bytes;
    return "kept";
  }
}

/** What stays of a message as it came: of a measurement only its fixture, of a context its subtest too. */
function textOf(message: PluginMessage): unknown {
  if (message.kind === "context")
    return message.subtest === null ? message.fixture : [message.fixture, message.subtest];
  return message.kind === "measurement" ? message.fixture : message;
}

/** What a decoded value takes in memory, in bytes: a lower bound that grows with it. */
function bytesOf(value: unknown): number {
  if (typeof value === "string") return STRING_BYTES + Buffer.byteLength(value);
  if (value === null) return 0;
  if (typeof value !== "object") return NUMBER_BYTES;
  let bytes = 0;
  for (const each of Object.values(value)) bytes += bytesOf(each);
  return bytes;
}
