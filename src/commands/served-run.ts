import { UsageError } from "../core/base/usage-error.ts";
import { LISTED_BUFFERS_MAX } from "../core/ledger/books.ts";
import type { AllocationsReport } from "../core/model/allocations-report.ts";
import { askServer } from "../in/sources/allocation-client.ts";
import { FLAVOURS } from "../out/server-text/flavours.ts";
import { AllocationServer } from "./allocation-server.ts";
import { RequestAnswers } from "./serve-requests.ts";
import { collectDump, type ServerDump } from "./server-dump.ts";

const OWNER_ONLY = 0o600;

/** The part of a run that listens to a patched tt-metal. */
export interface RunAllocations extends AsyncDisposable {
  /** What was heard; null where no server took part. Asked once, when the command has ended. */
  report(): Promise<AllocationsReport | null>;
  readonly warnings: readonly string[];
}

/** A run that an allocation server takes part in, its own or one that was there. */
export class ServedRun implements RunAllocations {
  readonly warnings: string[] = [];
  readonly #path: string;
  readonly #baseline = `run ${process.pid}`;
  #own: AllocationServer | null = null;
  #isServed = false;

  /** Brings a server if `bringsOwn` and no other has the socket. */
  static async open(version: string, path: string, bringsOwn: boolean): Promise<ServedRun> {
    const run = new ServedRun(path);
    if (bringsOwn) await run.#openOwn(version);
    if (run.#own === null) await run.#useOther();
    return run;
  }

  private constructor(path: string) {
    this.#path = path;
  }

  async report(): Promise<AllocationsReport | null> {
    if (!this.#isServed) return null;
    const since = this.#own === null ? this.#baseline : null;
    try {
      const answers = askServer(this.#path, { request: "dump", listedMax: LISTED_BUFFERS_MAX, since });
      return toReport(await collectDump(answers), this.#path, this.#own !== null);
    } catch (error) {
      this.#warn("the allocation server did not answer at the end", error);
      return null;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#own?.[Symbol.asyncDispose]();
  }

  async #openOwn(version: string): Promise<void> {
    const warn = (text: string): void => void this.warnings.push(`allocation server: ${text}`);
    try {
      this.#own = await AllocationServer.open({
        socketPath: this.#path,
        mode: OWNER_ONLY,
        gid: null,
        compat: null,
        flavour: FLAVOURS.modern,
        print: null,
        isVerbose: false,
        onEvent: null,
        onCommand: new RequestAnswers(version, () => 0).answer,
        log: { warn, info: () => {}, debug: () => {} },
      });
      this.#isServed = true;
    } catch (error) {
      // Another server has the socket, which is as good.
      if (!(error instanceof UsageError)) throw error;
    }
  }

  async #useOther(): Promise<void> {
    try {
      for await (const _ of askServer(this.#path, { request: "baseline-save", name: this.#baseline }));
      this.#isServed = true;
    } catch (error) {
      this.#warn("no allocation server took part", error);
    }
  }

  #warn(what: string, error: unknown): void {
    if (!(error instanceof UsageError)) throw error;
    this.warnings.push(`${what}: ${error.message}`);
  }
}

function toReport({ live, groups, findings, atExit }: ServerDump, socket: string, isOwn: boolean): AllocationsReport {
  return { socket, isOwn, live, groups, findings, atExit };
}
