import { setImmediate } from "node:timers/promises";
import { whyUnwritten } from "../out/report/write-report.ts";
import { isGoneReader } from "./print.ts";

/**
 * Hears of what standard output does not take, such as a file on a full disk, whichever command printed it and whether or
 * not that one waited. The first failure is said on standard error.
 */
export class OutputWatch {
  readonly #stdout: NodeJS.WriteStream;
  #hasFailed = false;

  constructor(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream) {
    this.#stdout = stdout;
    // Nobody is left to be told of what that one does not take.
    stderr.on("error", () => {});
    stdout.on("error", (error) => {
      if (this.#hasFailed || isGoneReader(error)) return;
      this.#hasFailed = true;
      stderr.write(`tt-memwatch: cannot write to standard output: ${whyUnwritten(error)}\n`);
    });
  }

  /** Whether something was not taken, once all that was printed has been or not. */
  async hasFailed(): Promise<boolean> {
    await new Promise<void>((resolve) => this.#stdout.write("", () => resolve()));
    // A stream tells its callbacks of an error before it tells us.
    await setImmediate();
    return this.#hasFailed;
  }
}
