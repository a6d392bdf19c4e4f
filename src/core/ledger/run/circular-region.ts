/** Where the circular buffers of the program that was dispatched last end, on one chip. */
export class CircularRegion {
  #base = Number.POSITIVE_INFINITY;
  #last = Number.POSITIVE_INFINITY;
  #end = 0;

  /**
   * A circular buffer was placed. Gives what the program takes of each core so far, from the lowest circular buffer there
   * ever was: programs begin there. A program places its own upwards, so one below the last begins another program.
   */
  place(address: number, bytesPerCore: number): number {
    const isNext = address < this.#last;
    this.#base = Math.min(this.#base, address);
    this.#end = Math.max(isNext ? 0 : this.#end, address + bytesPerCore);
    this.#last = address;
    return this.#end - this.#base;
  }
}
