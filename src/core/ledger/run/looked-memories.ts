import { deviceId } from "../../model/device.ts";
import type { MemoryType } from "../../model/memory-type.ts";
import type { Birth } from "../../model/trace-record.ts";
import type { DeviceLedger } from "./device-ledger.ts";
import type { KnownMemory, MemorySource } from "./memory-source.ts";
import type { LookedBlock } from "./open-allocation.ts";
import type { TracedNames } from "./traced-names.ts";

/** What was live on the devices of a process when each was last looked at. */
export class LookedMemories implements MemorySource<LookedBlock> {
  readonly knownFrom = "looks";
  readonly #devices: readonly DeviceLedger[];
  readonly #names: TracedNames;

  /** `devices`: those that are open. */
  constructor(devices: readonly DeviceLedger[], names: TracedNames) {
    this.#devices = devices;
    this.#names = names;
  }

  memories(memoryType: MemoryType): KnownMemory<LookedBlock>[] {
    return this.#devices.map((ledger) => {
      const size = ledger.usage.find((usage) => usage.memoryType === memoryType) ?? null;
      return {
        place: { device: deviceId(ledger.device), openedAs: null },
        size,
        seen: ledger.seen(memoryType),
        largestFreeBytesPerBank: size?.largestFreeBytesPerBank ?? null,
        buffers: ledger.live(memoryType),
        departed: [],
        isWhole: true,
      };
    });
  }

  /** What a look shows of a birth may become known later, of each block by itself. */
  birthKeyOf({ address }: LookedBlock): string {
    return `${address}`;
  }

  birthOf(block: LookedBlock): Birth {
    return block.birth(this.#names);
  }
}
