import type { BufferMessage } from "../../model/buffer-message.ts";
import { allocatorOf } from "../traced-id.ts";
import { deviceOf, Field, Kind, kindOf, typeOf } from "./buffer-entry.ts";
import type { EntryStore } from "./entry-store.ts";

/** A live buffer as it is booked. */
export type BookedBuffer = Pick<
  BufferMessage,
  "device" | "memoryType" | "idLow" | "idHigh" | "sizeLow" | "sizeHigh"
> & {
  readonly refCount: number;
};

/** The live buffers of a process; of one allocator of a traced process, unless that is null. */
export function liveBuffersOf(store: EntryStore, owner: number, allocator: number | null): BookedBuffer[] {
  const found: BookedBuffer[] = [];
  for (let entry = 0; entry < store.extent; entry += 1) {
    const words = store.words(entry);
    const at = store.at(entry);
    const place = words[at + Field.place] as number;
    const refCount = words[at + Field.refCount] as number;
    if (place < 0 || refCount === 0 || words[at + Field.owner] !== owner || kindOf(place) !== Kind.buffer) continue;
    const idHigh = words[at + Field.idHigh] as number;
    if (allocator !== null && allocatorOf(idHigh) !== allocator) continue;
    found.push({
      device: deviceOf(place),
      memoryType: typeOf(place),
      idLow: words[at + Field.idLow] as number,
      idHigh,
      sizeLow: words[at + Field.sizeLow] as number,
      sizeHigh: words[at + Field.sizeHigh] as number,
      refCount,
    });
  }
  return found;
}
