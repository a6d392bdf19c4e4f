import type { BufferEvent, BufferOutcome, EndedProcess, KernelsView, LiveKernel } from "../../model/server-view.ts";
import { type ByteCounter, type CompatCounters, isCountedDevice, wrap } from "./counters.ts";
import { OwnedCompatMap } from "./libstdcpp-map.ts";
import { full, noEvent, type SentMessage } from "./message.ts";

interface Program extends SentMessage {
  readonly atMs: number;
}

const MS_PER_SECOND = 1000;

/**
 * Circular buffers and kernels as the earlier server booked them: a second load of the same id counts again, and what a
 * free or unload takes off the counter is the size it names itself, whatever was booked.
 */
export class CompatPrograms {
  readonly #cbs = new OwnedCompatMap<Program>();
  readonly #kernels = new OwnedCompatMap<Program>();
  readonly #counters: CompatCounters;
  readonly #isFull: () => boolean;

  /** `isFull`: whether the books have no room for one more. */
  constructor(counters: CompatCounters, isFull: () => boolean) {
    this.#counters = counters;
    this.#isFull = isFull;
  }

  get size(): number {
    return this.#cbs.size + this.#kernels.size;
  }

  allocateCb(sent: SentMessage, atMs: number): BufferEvent {
    if (!isCountedDevice(sent.device)) return noEvent(sent);
    if (this.#isFull() && this.#cbs.get(sent) === undefined) return full(sent);
    this.#cbs.set({ ...sent, atMs });
    return this.#count("cb-allocated", sent, "cbBytes", sent.sizeBytes);
  }

  /** Counts also where there is no such circular buffer, so that the counter may wrap around. */
  freeCb(sent: SentMessage): BufferEvent {
    if (!isCountedDevice(sent.device)) return noEvent(sent);
    this.#cbs.delete(sent);
    return this.#count("cb-freed", sent, "cbBytes", -sent.sizeBytes);
  }

  loadKernel(sent: SentMessage, atMs: number): BufferEvent {
    if (!isCountedDevice(sent.device)) return noEvent(sent);
    if (this.#isFull() && this.#kernels.get(sent) === undefined) return full(sent);
    this.#kernels.set({ ...sent, atMs });
    return this.#count("kernel-loaded", sent, "kernelBytes", sent.sizeBytes);
  }

  unloadKernel(sent: SentMessage): BufferEvent {
    const loaded = this.#kernels.get(sent);
    if (loaded === undefined) return noEvent(sent);
    this.#kernels.delete(sent);
    const asBooked = { ...sent, typeIndex: loaded.typeIndex };
    return this.#count("kernel-unloaded", asBooked, "kernelBytes", -sent.sizeBytes);
  }

  #count(outcome: BufferOutcome, sent: SentMessage, counter: ByteCounter, sizeBytes: bigint): BufferEvent {
    this.#counters.add(sent.device, counter, sizeBytes, 0);
    return { ...noEvent(sent), outcome, totalBytes: this.#counters.of(sent.device)[counter] };
  }

  view(atMs: number): KernelsView {
    const kernels = this.#kernels
      .values()
      .toSorted(byDevice)
      .map((kernel): LiveKernel => {
        const { device, address: id, sizeBytes, pid } = kernel;
        return { device, id, sizeBytes, pid, ageSeconds: Math.floor((atMs - kernel.atMs) / MS_PER_SECOND) };
      });
    const devices = new Set(kernels.map(({ device }) => device));
    return {
      kernels,
      totalBytes: new Map([...devices].map((device) => [device, this.#counters.of(device).kernelBytes])),
    };
  }

  owners(): readonly number[] {
    return [...this.#cbs.values(), ...this.#kernels.values()].map(({ pid }) => pid);
  }

  removeOwner(pid: number): Pick<EndedProcess, "cbs" | "cbBytes" | "kernels" | "kernelBytes"> {
    const cbs = this.#remove(this.#cbs, pid, "cbBytes");
    const kernels = this.#remove(this.#kernels, pid, "kernelBytes");
    return { cbs: cbs.count, cbBytes: cbs.sizeBytes, kernels: kernels.count, kernelBytes: kernels.sizeBytes };
  }

  #remove(programs: OwnedCompatMap<Program>, pid: number, counter: ByteCounter): { count: number; sizeBytes: bigint } {
    const removed = programs.take(pid);
    for (const program of removed) {
      this.#counters.add(program.device, counter, -program.sizeBytes, 0);
    }
    return { count: removed.length, sizeBytes: wrap(removed.reduce((sum, each) => sum + each.sizeBytes, 0n)) };
  }
}

/** The sort is stable: the kernels of a device stay in the order of the earlier server. */
function byDevice(a: Program, b: Program): number {
  return a.device - b.device;
}
