/** A piece of a bank that is in use or free: which of a few neighbouring addresses are free. Kept as a tree of halves. */
export class FreePieceTree {
  /** Where each of the smallest parts begins, and where the last one ends. */
  readonly #edges: Float64Array;
  /** Of each node: the free part at its beginning, at its end, and the largest in it; bytes. */
  readonly #prefix: Float64Array;
  readonly #suffix: Float64Array;
  readonly #best: Float64Array;
  /** Of each node: whether all below it became free (1) or used (2) since its children were looked at; 0: neither. */
  readonly #pending: Uint8Array;
  readonly #leaves: number;

  /** All of it free. `edges`: every address at which something begins or ends, ascending, each once. */
  constructor(edges: Float64Array) {
    this.#edges = edges;
    this.#leaves = Math.max(edges.length - 1, 0);
    const nodes = 2 ** (Math.ceil(Math.log2(Math.max(this.#leaves, 1))) + 1);
    this.#prefix = new Float64Array(nodes);
    this.#suffix = new Float64Array(nodes);
    this.#best = new Float64Array(nodes);
    this.#pending = new Uint8Array(nodes);
    if (this.#leaves > 0) this.#set(1, 0, this.#leaves, true);
  }

  get largestBytes(): number {
    return this.#leaves === 0 ? 0 : (this.#best[1] ?? 0);
  }

  /** Makes a piece free or used. `from`, `to`: places in `edges`. */
  change(from: number, to: number, isFree: boolean): void {
    if (from < to) this.#change(1, 0, this.#leaves, from, to, isFree);
  }

  #change(node: number, low: number, high: number, from: number, to: number, isFree: boolean): void {
    if (from <= low && high <= to) {
      this.#set(node, low, high, isFree);
      return;
    }
    const middle = (low + high) >> 1;
    this.#handDown(node, low, middle, high);
    if (from < middle) this.#change(2 * node, low, middle, from, to, isFree);
    if (to > middle) this.#change(2 * node + 1, middle, high, from, to, isFree);
    this.#join(node, low, middle, high);
  }

  #set(node: number, low: number, high: number, isFree: boolean): void {
    const free = isFree ? this.#bytes(low, high) : 0;
    this.#prefix[node] = free;
    this.#suffix[node] = free;
    this.#best[node] = free;
    this.#pending[node] = isFree ? 1 : 2;
  }

  #handDown(node: number, low: number, middle: number, high: number): void {
    const pending = this.#pending[node];
    if (pending === 0) return;
    this.#set(2 * node, low, middle, pending === 1);
    this.#set(2 * node + 1, middle, high, pending === 1);
    this.#pending[node] = 0;
  }

  #join(node: number, low: number, middle: number, high: number): void {
    const [left, right] = [2 * node, 2 * node + 1];
    const [leftPrefix = 0, rightPrefix = 0] = [this.#prefix[left], this.#prefix[right]];
    const [leftSuffix = 0, rightSuffix = 0] = [this.#suffix[left], this.#suffix[right]];
    const isLeftFree = leftPrefix === this.#bytes(low, middle);
    const isRightFree = rightSuffix === this.#bytes(middle, high);
    this.#prefix[node] = isLeftFree ? leftPrefix + rightPrefix : leftPrefix;
    this.#suffix[node] = isRightFree ? rightSuffix + leftSuffix : rightSuffix;
    this.#best[node] = Math.max(this.#best[left] ?? 0, this.#best[right] ?? 0, leftSuffix + rightPrefix);
  }

  #bytes(low: number, high: number): number {
    return (this.#edges[high] ?? 0) - (this.#edges[low] ?? 0);
  }
}
