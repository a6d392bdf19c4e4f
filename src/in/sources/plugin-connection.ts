import { assertNever } from "../../core/base/assert-never.ts";
import type { RunEvent, TestRef } from "../../core/model/event.ts";
import { type Line, LineFraming } from "../wire/line-framing.ts";
import { type HelloMessage, type PluginMessage, processInfoOf } from "../wire/plugin-messages.ts";
import { decodeLine, type EngineMessage, PLUGIN_PROTOCOL } from "../wire/plugin-protocol.ts";
import { WireError } from "../wire/wire-error.ts";
import { type KeptText, NAME_BYTES_MAX, REASON_LEFT_OUT } from "./kept-text.ts";
import { ALL_PENDING_BLOCKS_MAX, PENDING_BLOCKS_MAX, PendingBlocks, type PendingBudget } from "./pending-blocks.ts";
import type { Newcomer } from "./process-numbers.ts";
import type { UnsentReader } from "./unsent-message-reader.ts";

/** Of the reason for which a connection is refused, which may quote what came. */
const REASON_CHARACTERS_MAX = 1_000;

const TOO_MANY_NAMES = `more than ${NAME_BYTES_MAX} bytes of names of tests and fixtures in one run`;
const TOO_MANY_BLOCKS = `more than ${PENDING_BLOCKS_MAX} blocks waiting for their measurement, or ${ALL_PENDING_BLOCKS_MAX} in all processes`;

/** What one connection needs from whoever owns its socket. */
export interface ConnectionPort {
  /** The engine's version. */
  readonly engine: string;
  readonly emit: (event: RunEvent) => void;
  readonly answer: (message: EngineMessage) => void;
  /** The connection is over: what still comes is not read. */
  readonly close: () => void;
  /** The number of a process that has just introduced itself. */
  readonly numberProcess: (newcomer: Newcomer) => number;
  /** The attempt at a test that a process begins with. */
  readonly countAttempt: (process: number, test: string) => number;
  readonly noteUnknownKind: (name: string) => void;
  readonly noteOldName: (was: string, now: string) => void;
  /** Opens what a plugin holds in memory before it sends it; null where there is no such file. */
  readonly openUnsent: (name: string) => Pick<UnsentReader, "readBeyond" | typeof Symbol.dispose> | null;
  /** Shared by all connections of a run. */
  readonly text: KeptText;
  readonly pending: PendingBudget;
}

interface Speaker {
  readonly process: number;
  readonly pid: number;
  readonly pending: PendingBlocks;
  /** Whether it was forked for a test, after which it need not say goodbye. */
  readonly isFork: boolean;
  /** As it named it. */
  running: TestRef | null;
  /** As it is known in the run. */
  ref: TestRef | null;
}

type Message<Kind extends PluginMessage["kind"]> = Extract<PluginMessage, { kind: Kind }>;

/**
 * One plugin's side of the conversation, without its socket: bytes in, events out, in the order docs/formats.md has.
 *
 * Nothing a peer sends makes it throw: what breaks the protocol becomes a `refused` event and ends the connection.
 */
export class PluginConnection {
  readonly #port: ConnectionPort;
  readonly #framing = new LineFraming();
  #speaker: Speaker | null = null;
  #unsent: ReturnType<ConnectionPort["openUnsent"]> = null;
  /** Bytes of the plugin's stream that came through the socket, and that were heard: some before they came. */
  #arrived = 0;
  #heard = 0;
  #isOver = false;

  constructor(port: ConnectionPort) {
    this.#port = port;
  }

  /** Whether a valid hello has come. */
  get isIntroduced(): boolean {
    return this.#speaker !== null;
  }

  receive(chunk: Uint8Array): void {
    const begin = this.#arrived;
    this.#arrived += chunk.length;
    this.#hearFrom(begin, chunk);
  }

  /** Hears what the plugin has said and not sent yet. */
  hearUnsent(): void {
    const unsent = this.#isOver ? null : (this.#unsent?.readBeyond(this.#heard) ?? null);
    // What lies between was sent, and is on its way.
    if (unsent !== null && unsent.begin <= this.#heard) this.#hearFrom(unsent.begin, unsent.bytes);
  }

  /** The peer closed the connection, or died: then what it has not sent is the last that it said. */
  end(): void {
    this.hearUnsent();
    this.#unsent?.[Symbol.dispose]();
    this.#unsent = null;
    this.#speaker?.pending.forget();
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#speaker !== null) this.#port.emit(endOf(this.#speaker));
    else if (this.#framing.unfinishedBytes > 0) this.#emitRefused("it closed the connection in its first line");
  }

  /** Ends the conversation from our side: tells the peer why, and the report too. */
  refuse(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const told = reason.slice(0, REASON_CHARACTERS_MAX);
    this.#emitRefused(told);
    const process = this.#speaker?.process;
    if (process !== undefined) this.#port.emit({ kind: "process-lost", process, refusal: told });
    this.#port.answer({ kind: "refused", reason: told });
    this.#port.close();
  }

  /** Hears a part of the stream, without what of it was heard before. */
  #hearFrom(begin: number, bytes: Uint8Array): void {
    if (this.#isOver || begin + bytes.length <= this.#heard) return;
    const news = bytes.subarray(Math.max(0, this.#heard - begin));
    this.#heard = begin + bytes.length;
    try {
      for (const line of this.#framing.push(news)) {
        this.#take(line);
        if (this.#isOver) return;
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.refuse(error.message);
    }
  }

  #emitRefused(reason: string): void {
    const who = this.#speaker === null ? "" : `process ${this.#speaker.pid}: `;
    this.#port.emit({ kind: "refused", reason: `${who}${reason}` });
  }

  #take(line: Line): void {
    const message = decodeLine(line);
    if (this.#speaker === null) this.#introduce(message, line);
    else this.#keepText(this.#speaker, message, line);
  }

  /** Hears a message with as much of its text as there is room for. */
  #keepText(speaker: Speaker, message: PluginMessage, line: Line): void {
    const what = this.#port.text.take(message);
    if (what === "refused") throw new WireError(TOO_MANY_NAMES, line.offset);
    if (what === "kept") this.#hear(speaker, message, line);
    else if (message.kind === "not-checked") this.#hear(speaker, { ...message, reason: REASON_LEFT_OUT }, line);
  }

  #introduce(message: PluginMessage, line: Line): void {
    if (message.kind !== "hello") throw new WireError(`a ${message.kind} before the hello`, line.offset);
    if (message.protocol !== PLUGIN_PROTOCOL) throw new WireError(describeVersion(message), line.offset);
    if (this.#port.text.take(message) === "refused") throw new WireError(TOO_MANY_NAMES, line.offset);
    const process = this.#port.numberProcess(message);
    const [pending, isFork] = [new PendingBlocks(this.#port.pending), message.role === "fork"];
    this.#speaker = { process, pid: message.pid, pending, isFork, running: null, ref: null };
    this.#unsent = message.unsent === null ? null : this.#port.openUnsent(message.unsent);
    const readsUnsent = this.#unsent !== null;
    this.#port.answer({ kind: "welcome", protocol: PLUGIN_PROTOCOL, engine: this.#port.engine, readsUnsent });
    this.#port.emit({ kind: "process-begin", process, info: processInfoOf(message) });
  }

  #hear(speaker: Speaker, message: PluginMessage, line: Line): void {
    const { process } = speaker;
    switch (message.kind) {
      case "hello":
        throw new WireError("a second hello", line.offset);
      case "collected":
      case "context":
      case "tracing":
      case "fixture-end":
      case "not-checked":
      case "not-warmed-up":
      case "not-repeated":
        this.#port.emit({ ...message, process });
        break;
      case "test-begin":
        this.#beginTest(speaker, message, line);
        break;
      case "blocks":
        keepBlocks(speaker, message, line);
        break;
      case "measurement": {
        const { kind, trace = null, ...look } = message;
        const measurement = { ...look, ...speaker.pending.claim(look.device.key), trace };
        this.#port.emit({ kind, process, measurement });
        break;
      }
      case "tensor":
        this.#emitTensor(process, message);
        break;
      case "unchanged":
      case "holders":
      case "waiting":
      case "searched":
      case "kept":
      case "device-end":
      case "inside": {
        const { device: deviceKey, ...rest } = message;
        this.#port.emit({ ...rest, process, deviceKey });
        break;
      }
      case "origin": {
        const { kind, device: deviceKey, memoryType, address, ...birth } = message;
        this.#port.emit({ kind, process, deviceKey, memoryType, address, birth });
        break;
      }
      case "memory-error": {
        const { kind, stack, mark, atNs, ...error } = message;
        this.#port.emit({ kind, process, error, stack, mark, atNs });
        break;
      }
      case "test-end":
        this.#endTest(speaker, message, line);
        break;
      case "bye":
        this.#farewell(process, message);
        break;
      case "old-name":
        this.#port.noteOldName(message.was, message.now);
        break;
      case "unknown":
        this.#port.noteUnknownKind(message.name);
        break;
      default:
        assertNever(message);
    }
  }

  #beginTest(speaker: Speaker, message: Message<"test-begin">, line: Line): void {
    if (speaker.running !== null) {
      throw new WireError(`a test-begin while ${speaker.running.test} is running`, line.offset);
    }
    const { test, attempt, ...rest } = message;
    speaker.running = { test, attempt };
    speaker.ref = { test, attempt: this.#port.countAttempt(speaker.process, test) };
    this.#port.emit({ ...rest, process: speaker.process, ref: speaker.ref });
  }

  #endTest(speaker: Speaker, message: Message<"test-end">, line: Line): void {
    const { test, attempt, ...rest } = message;
    if (speaker.running?.test !== test || speaker.running.attempt !== attempt) {
      const running =
        speaker.running === null ? "no test" : `${speaker.running.test}, attempt ${speaker.running.attempt},`;
      throw new WireError(`a test-end of ${test}, attempt ${attempt}, while ${running} is running`, line.offset);
    }
    const ref = speaker.ref ?? speaker.running;
    speaker.running = speaker.ref = null;
    this.#port.emit({ ...rest, process: speaker.process, ref });
  }

  #emitTensor(process: number, message: Message<"tensor">): void {
    const { kind, device: deviceKey, memoryType, address, ...tensor } = message;
    this.#port.emit({ kind, process, deviceKey, memoryType, address, tensor });
  }

  #farewell(process: number, { exitStatus, dropped }: Message<"bye">): void {
    this.#isOver = true;
    this.#port.emit({ kind: "process-end", process, exitStatus, dropped });
    this.#port.close();
  }
}

/** A child that was forked for a test ends without a word when that is over. */
function endOf({ process, isFork, running }: Speaker): RunEvent {
  const isDone = isFork && running === null;
  if (isDone) return { kind: "process-end", process, exitStatus: 0, dropped: 0 };
  return { kind: "process-lost", process, refusal: null };
}

function keepBlocks(speaker: Speaker, message: Message<"blocks">, line: Line): void {
  if (speaker.pending.add(message)) return;
  throw new WireError(TOO_MANY_BLOCKS, line.offset);
}

function describeVersion(hello: HelloMessage): string {
  return (
    `plugin ${hello.plugin} speaks protocol ${hello.protocol}, this engine speaks ${PLUGIN_PROTOCOL}: ` +
    "install the pytest-tt-memwatch that belongs to this tt-memwatch, or uninstall it to use the one that comes with it"
  );
}
