import { assertNever } from "../../core/base/assert-never.ts";
import type { RunEvent, TestRef } from "../../core/model/event.ts";
import { type Line, LineFraming } from "../wire/line-framing.ts";
import { type HelloMessage, type PluginMessage, processInfoOf } from "../wire/plugin-messages.ts";
import { decodeLine, type EngineMessage, PLUGIN_PROTOCOL } from "../wire/plugin-protocol.ts";
import { WireError } from "../wire/wire-error.ts";
import { ALL_PENDING_BLOCKS_MAX, PENDING_BLOCKS_MAX, PendingBlocks, type PendingBudget } from "./pending-blocks.ts";
import { NAME_BYTES_MAX, type PluginTextBudget, REASON_LEFT_OUT } from "./plugin-text-budget.ts";
import { PROCESSES_MAX, type ProcessNumbers } from "./process-numbers.ts";
import type { UnsentReader } from "./unsent-message-reader.ts";

/** Of the reason for which a connection is refused, which may quote what came. */
const REASON_CHARACTERS_MAX = 1_000;

const TOO_MANY_NAMES = `more than ${NAME_BYTES_MAX} bytes of names of tests and fixtures in one run`;
const TOO_MANY_PROCESSES = `more than ${PROCESSES_MAX} processes in one run`;
const TOO_MANY_BLOCKS = `more than ${PENDING_BLOCKS_MAX} blocks waiting for their measurement, or ${ALL_PENDING_BLOCKS_MAX} in all processes`;

/** Who takes the events of a run, in the order in which they came. */
export interface RunEventTarget {
  apply(event: RunEvent): void;
}

/** What one connection needs from whoever owns its socket. */
export interface ConnectionPort {
  /** The engine's version. */
  readonly engine: string;
  readonly target: RunEventTarget;
  /** The connection is over because of what came on it, which is an event too, unless there are very many. */
  readonly refused: (reason: string) => void;
  readonly answer: (message: EngineMessage) => void;
  /** The connection is over: what still comes is not read. */
  readonly close: () => void;
  readonly noteUnknownKind: (name: string) => void;
  readonly noteOldName: (was: string, now: string) => void;
  /** Opens what a plugin holds in memory before it sends it; null where there is no such file. */
  readonly openUnsent: (name: string) => Pick<UnsentReader, "readBeyond" | typeof Symbol.dispose> | null;
  /** These are shared by all connections of a run. */
  readonly numbers: ProcessNumbers;
  readonly text: PluginTextBudget;
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
    if (this.#speaker !== null) this.#endSilently(this.#speaker);
    else if (this.#framing.unfinishedBytes > 0) this.#port.refused("it closed the connection in its first line");
  }

  /** Ends the conversation from our side: tells the peer why, and the report too. */
  refuse(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const told = reason.slice(0, REASON_CHARACTERS_MAX);
    const speaker = this.#speaker;
    this.#port.refused(speaker === null ? told : `process ${speaker.pid}: ${told}`);
    if (speaker !== null) this.#emit({ kind: "process-lost", process: speaker.process, refusal: told });
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

  #emit(event: RunEvent): void {
    this.#port.target.apply(event);
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
    const process = this.#port.numbers.number(message);
    if (process === null) throw new WireError(TOO_MANY_PROCESSES, line.offset);
    const [pending, isFork] = [new PendingBlocks(this.#port.pending), message.role === "fork"];
    this.#speaker = { process, pid: message.pid, pending, isFork, running: null, ref: null };
    this.#unsent = message.unsent === null ? null : this.#port.openUnsent(message.unsent);
    const readsUnsent = this.#unsent !== null;
    this.#port.answer({ kind: "welcome", protocol: PLUGIN_PROTOCOL, engine: this.#port.engine, readsUnsent });
    this.#emit({ kind: "process-begin", process, info: processInfoOf(message) });
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
        this.#emit({ ...message, process });
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
        this.#emit({ kind, process, measurement });
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
        this.#emit({ ...rest, process, deviceKey });
        break;
      }
      case "origin": {
        const { kind, device: deviceKey, memoryType, address, ...birth } = message;
        this.#emit({ kind, process, deviceKey, memoryType, address, birth });
        break;
      }
      case "memory-error": {
        const { kind, stack, mark, atNs, ...error } = message;
        this.#emit({ kind, process, error, stack, mark, atNs });
        break;
      }
      case "test-end":
        this.#endTest(speaker, message, line);
        break;
      case "bye":
        this.#isOver = true;
        this.#endProcess(process, message.exitStatus, message.dropped);
        this.#port.close();
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
    speaker.ref = { test, attempt: this.#port.numbers.countAttempt(speaker.process, test) };
    this.#emit({ ...rest, process: speaker.process, ref: speaker.ref });
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
    this.#emit({ ...rest, process: speaker.process, ref });
  }

  #emitTensor(process: number, message: Message<"tensor">): void {
    const { kind, device: deviceKey, memoryType, address, ...tensor } = message;
    this.#emit({ kind, process, deviceKey, memoryType, address, tensor });
  }

  /** It never said goodbye. A child that was forked for a test does not, once that is over. */
  #endSilently({ process, isFork, running }: Speaker): void {
    if (isFork && running === null) this.#endProcess(process, 0, 0);
    else this.#emit({ kind: "process-lost", process, refusal: null });
  }

  #endProcess(process: number, exitStatus: number, dropped: number): void {
    this.#port.numbers.end(process);
    this.#emit({ kind: "process-end", process, exitStatus, dropped });
  }
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
