import { GroupSums, type ServerGroup } from "../model/server-group.ts";
import type { BookedBuffer } from "../model/server-view.ts";

/** A process, device and memory type of which the process's ring and another source do not say the same. */
export interface SourceDifference {
  readonly pid: number;
  readonly device: number;
  readonly memoryType: string;
  /** As they were asked for: neither messages nor regions know what the allocator makes of it. */
  readonly recorded: Amount;
  /** `messages`: that the process sent. `region`: what tt-metal counts for it, without a number of buffers. */
  readonly told: (Amount & { readonly by: "messages" }) | { readonly by: "region"; readonly sizeBytes: number };
}

interface Amount {
  readonly buffers: number;
  readonly sizeBytes: number;
}

const NOTHING: Amount = { buffers: 0, sizeBytes: 0 };

/** What processes have that are known from two sources: by their rings, which count, and by the messages they sent. */
export class SourceTally {
  readonly #recorded = new Map<number, GroupSums<null>>();
  readonly #sent = new Map<number, GroupSums<null>>();

  addRecorded(buffers: readonly BookedBuffer[]): void {
    for (const { pid, device, memoryType, origin } of buffers) {
      if (origin !== null) sumsOf(this.#recorded, pid).add(device, memoryType, Number(origin.requestedBytes), 1);
    }
  }

  addSent(buffers: readonly BookedBuffer[]): void {
    for (const { pid, device, memoryType, sizeBytes } of buffers) {
      sumsOf(this.#sent, pid).add(device, memoryType, Number(sizeBytes), 1);
    }
  }

  /** What a process has by its ring, as it was asked for. */
  recordedOf(pid: number): readonly ServerGroup[] {
    return this.#recorded.get(pid)?.groups() ?? [];
  }

  /** Of processes that sent anything, by pid, device and memory type. */
  differences(): readonly SourceDifference[] {
    return [...this.#sent.keys()].toSorted((a, b) => a - b).flatMap((pid) => this.#ofProcess(pid));
  }

  #ofProcess(pid: number): SourceDifference[] {
    const [recorded, sent] = [this.#recorded, this.#sent].map((by) => amountsOf(by.get(pid)?.groups() ?? []));
    const keys = [...new Set([...(recorded?.keys() ?? []), ...(sent?.keys() ?? [])])].toSorted();
    return keys.flatMap((key) => {
      const [device = "", memoryType = ""] = key.split(" ");
      const [ofRing, ofMessages] = [recorded?.get(key) ?? NOTHING, sent?.get(key) ?? NOTHING];
      if (isSame(ofRing, ofMessages)) return [];
      const told = { by: "messages", ...ofMessages } as const;
      return [{ pid, device: Number(device), memoryType, recorded: ofRing, told }];
    });
  }
}

function sumsOf(byPid: Map<number, GroupSums<null>>, pid: number): GroupSums<null> {
  const sums = byPid.get(pid) ?? new GroupSums(() => null);
  byPid.set(pid, sums);
  return sums;
}

function amountsOf(groups: readonly ServerGroup[]): ReadonlyMap<string, Amount> {
  return new Map(
    groups.map(({ device, memoryType, buffers, sizeBytes }) => [`${device} ${memoryType}`, { buffers, sizeBytes }]),
  );
}

function isSame(a: Amount, b: Amount): boolean {
  return a.buffers === b.buffers && a.sizeBytes === b.sizeBytes;
}
