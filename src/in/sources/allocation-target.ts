import type { BufferMessage } from "../../core/model/buffer-message.ts";
import type { Dialect } from "../wire/allocation-dialects.ts";
import type { Peer, SenderProcess } from "./process-registry.ts";

/** What becomes of what clients say. */
export interface AllocationTarget {
  /** `any`: also message types that no dialect has are handed on. */
  readonly types: "known" | "any";
  /** A message that wants no answer. `message` is filled anew for the next one. */
  apply(message: BufferMessage, processId: number, atMs: number): void;
  /** The answer to a query of counters or device facts. */
  answer(message: BufferMessage, dialect: Dialect): Uint8Array;
  /** A dump to the server's own output, of all that was sent before; that client is not read until it is fulfilled. */
  dump(type: number, checkpoint: () => Promise<void>, connection: number): Promise<void> | undefined;
  /** A client has connected, with a number of its own. */
  opened(connection: number, peer: Peer): void;
  closed(connection: number): void;
  /**
   * Books what was said on other ways than this socket when a connection asked for something, or by now. Undefined where
   * that is done already.
   */
  catchUp(connection: number | null): Promise<void> | undefined;
  /** What a connection asked for was answered. */
  answered(connection: number): void;
  /** A line of text; that client is not read until it is fulfilled. */
  command(text: string, client: TextClient): Promise<void>;
}

/** A client that speaks text. */
export interface TextClient {
  /** The user who connected; null where that is not known. */
  readonly user: number | null;
  /** Why the connection was refused; null: it was not. */
  refusal(): string | null;
  /** A process that the connection speaks for from now on; null where there is no room for one more, and it is refused. */
  speakFor(pid: number): SenderProcess | null;
  /** Fulfilled when it was taken or the client is gone: gives whether it is there. */
  write(text: string): Promise<boolean>;
  checkpoint(): Promise<void>;
}
