/** Bytes from outside that break a format. The connection or file they came from is closed; the program goes on. */
export class WireError extends Error {
  /** What is wrong: the value that came and the value that was wanted. */
  readonly what: string;
  /** Bytes from the beginning of the stream to the line or frame that is wrong. */
  readonly offset: number;

  constructor(what: string, offset: number) {
    super(`${what} (at byte ${offset})`);
    this.name = "WireError";
    this.what = what;
    this.offset = offset;
  }
}
