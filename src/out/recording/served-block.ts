import type { OrderStep } from "../../core/model/recording.ts";
import type { BookedMessage, ServerEvent } from "../../core/model/server-event.ts";
import { MessageBatch } from "./message-batch.ts";

/** Events in one block. */
const EVENTS_MAX = 4_096;

type Steps = [...OrderStep][];

/** What a block has of an allocation server. */
export class ServedBlock {
  readonly #messages = new MessageBatch();
  #events: string[] = [];
  /** The step that goes on while messages come, if it is the last one. */
  #lastMessages: ["messages", number] | null = null;

  get length(): number {
    return this.#messages.length + this.#events.length;
  }

  /** Gives whether the block is full. */
  message(booked: BookedMessage, steps: Steps): boolean {
    if (this.#lastMessages === null || steps.at(-1) !== this.#lastMessages) {
      this.#lastMessages = ["messages", 0];
      steps.push(this.#lastMessages);
    }
    this.#messages.add(booked);
    this.#lastMessages[1] += 1;
    return this.#messages.isFull;
  }

  /** Gives whether the block is full. */
  event(event: ServerEvent, steps: Steps): boolean {
    this.#events.push(JSON.stringify(event));
    const last = steps.at(-1);
    if (last?.[0] === "server") last[1] += 1;
    else steps.push(["server", 1]);
    return this.#events.length >= EVENTS_MAX;
  }

  /** What is to be written; null: there is nothing. It is empty then. */
  take(): { readonly events: string | null; readonly messages: Uint8Array | null } {
    const events = this.#events.length === 0 ? null : `[\n${this.#events.join(",\n")}\n]`;
    const messages = this.#messages.length === 0 ? null : this.#messages.take();
    this.clear();
    return { events, messages };
  }

  clear(): void {
    this.#messages.clear();
    this.#events = [];
    this.#lastMessages = null;
  }
}
