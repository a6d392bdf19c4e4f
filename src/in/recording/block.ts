import type { RunEvent } from "../../core/model/event.ts";
import type { BlockOrder, RecordedRing } from "../../core/model/recording.ts";
import type { ServerEvent } from "../../core/model/server-event.ts";
import type { RecordedBatch } from "./recorded-batch.ts";
import type { RecordedMessages } from "./recorded-messages.ts";
import type { RecordingStep } from "./recording-step.ts";

/** What came since the last block ended. */
export interface RecordedBlock {
  readonly rings: RecordedRing[];
  readonly events: RunEvent[];
  readonly batches: RecordedBatch[];
  readonly server: ServerEvent[];
  /** null: it has none. */
  messages: RecordedMessages | null;
}

/** Messages of a block that was cut off with what would have ended it are not used. */
export const emptyBlock = (): RecordedBlock => ({ rings: [], events: [], batches: [], server: [], messages: null });

/** Throws where the order is not one of what the block has. */
export function checkOrder({ steps }: BlockOrder, block: RecordedBlock, rings: ReadonlySet<number>): void {
  const left = { events: block.events.length, server: block.server.length, messages: block.messages?.length ?? 0 };
  const records = new Map(block.batches.map(({ ring, length }) => [ring, length]));
  for (const step of steps) {
    if (step[0] !== "records" && step[0] !== "lost") {
      left[step[0]] -= step[1];
      continue;
    }
    const [kind, ring, count] = step;
    checkRing(ring, rings);
    if (kind === "records") records.set(ring, (records.get(ring) ?? 0) - count);
  }
  const rest = [...Object.values(left), ...records.values()];
  const isWhole = rest.every((count) => count === 0) && records.size === block.batches.length;
  if (!isWhole) throw new Error("it does not fit the events and records before it");
}

/** Throws for a ring that was not named. */
export function checkRing(ring: number, rings: ReadonlySet<number>): void {
  if (!rings.has(ring)) throw new Error(`it names the ring ${ring}, which there is not`);
}

/** What a block has, in the order in which the engine took it. */
export function* stepsOfBlock({ steps, dropped }: BlockOrder, block: RecordedBlock): Generator<RecordingStep> {
  for (const ring of block.rings) yield { kind: "ring", ring };
  if (dropped !== null) yield { kind: "dropped", dropped };
  const byRing = new Map(block.batches.map((batch) => [batch.ring, batch]));
  const taken = { events: 0, server: 0 };
  for (const step of steps) {
    switch (step[0]) {
      case "events":
        for (const event of block.events.slice(taken.events, taken.events + step[1])) yield { kind: "event", event };
        taken.events += step[1];
        break;
      case "server":
        for (const event of block.server.slice(taken.server, taken.server + step[1])) yield { kind: "server", event };
        taken.server += step[1];
        break;
      case "messages": {
        const { messages } = block;
        if (messages !== null) yield { kind: "messages", count: step[1], next: () => messages.next() };
        break;
      }
      case "records": {
        const batch = byRing.get(step[1]);
        if (batch !== undefined) yield { kind: "records", ring: step[1], count: step[2], next: () => batch.next() };
        break;
      }
      case "lost":
        yield { kind: "lost", ring: step[1], records: step[2] };
        break;
    }
  }
}
