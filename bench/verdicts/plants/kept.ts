import type { PlantedBuffer } from "../planted-device.ts";
import type { Plot } from "../plot.ts";

/** Something that is there from its making to its end. */
export class Kept {
  #buffer: PlantedBuffer | null = null;
  readonly #plot: Plot;

  constructor(plot: Plot) {
    this.#plot = plot;
  }

  /** Takes the place of what was there. */
  readonly make = (memoryType: PlantedBuffer["memoryType"], size: number): void => {
    const before = this.#buffer;
    this.#buffer = this.#plot.story.allocate(memoryType, size);
    if (before !== null) this.#plot.story.free(before);
  };

  /** Takes the place of what was there, at its address where the allocator gives that again. */
  readonly remake = (memoryType: PlantedBuffer["memoryType"], size: number): void => {
    this.free();
    this.make(memoryType, size);
  };

  readonly free = (): void => {
    if (this.#buffer !== null) this.#plot.story.free(this.#buffer);
    this.#buffer = null;
  };

  /** What is there now. */
  get buffer(): PlantedBuffer {
    if (this.#buffer === null) throw new Error("nothing is kept");
    return this.#buffer;
  }

  readonly tellFailure = (): void => {
    if (this.#buffer !== null) this.#plot.story.keep(this.#buffer, "failure");
  };
}
