import { UsageError } from "../../../core/base/usage-error.ts";
import type { AllocationsReport } from "../../../core/model/allocations-report.ts";
import type { RunEvent } from "../../../core/model/event.ts";
import { byGravity } from "../../../core/model/finding-order.ts";
import type { Rules } from "../../../core/model/rules.ts";
import type { ServerFinding } from "../../../core/model/server-finding.ts";
import { LISTED_BUFFERS_MAX } from "../../../core/model/server-view.ts";
import { askServer } from "../../../in/sources/allocation-client.ts";
import { FLAVOURS } from "../../../out/server-text/flavour-table.ts";
import { collectDump } from "../../ask/server-dump.ts";
import type { Faults } from "../../own-faults.ts";
import { AllocationServer } from "../../serve/allocation-server.ts";
import { RequestAnswers } from "../../serve/answer-requests.ts";
import { type GrowthSince, growthSince } from "../../serve/growth-since.ts";
import { TestGrowth } from "./test-growth.ts";

const OWNER_ONLY = 0o600;

/** What is traced is measured by the run itself, and would be reported twice. */
const sources = "frames";

/** The part of a run that listens to a patched tt-metal. */
export interface RunAllocations extends AsyncDisposable {
  /** Whether it matters that events are heard at once: what clients report belongs to the test that runs then. */
  readonly isPrompt: boolean;
  /** Takes note of when tests end. */
  note(event: RunEvent): void;
  /** What was heard; null where no server took part. Asked once, when the command has ended. */
  report(): Promise<AllocationsReport | null>;
  readonly warnings: readonly string[];
}

/** A run that an allocation server takes part in, its own or one that was there. */
export class ServedRun implements RunAllocations {
  readonly isPrompt = true;
  readonly warnings: string[] = [];
  readonly #path: string;
  readonly #rules: Rules;
  /** Of the run's pytest processes, as they see themselves. */
  readonly #pids = new Set<number>();
  readonly #baseline = `run ${process.pid}`;
  #own: AllocationServer | null = null;
  /** Null while no server takes part. */
  #growth: TestGrowth | null = null;

  /** Brings a server if `bringsOwn` and no other has the socket. */
  static async open(
    version: string,
    path: string,
    bringsOwn: boolean,
    faults: Faults,
    rules: Rules,
  ): Promise<ServedRun> {
    const run = new ServedRun(path, rules);
    if (bringsOwn) await run.#openOwn(version, faults);
    if (run.#own === null) await run.#useOther();
    return run;
  }

  private constructor(path: string, rules: Rules) {
    this.#path = path;
    this.#rules = rules;
  }

  note(event: RunEvent): void {
    if (event.kind === "process-begin") this.#pids.add(event.info.pid);
    this.#growth?.note(event);
  }

  async report(): Promise<AllocationsReport | null> {
    if (this.#growth === null) return null;
    const since = this.#own === null ? this.#baseline : null;
    try {
      const tests = await this.#growth.tests();
      const answers = askServer(this.#path, { request: "dump", listedMax: LISTED_BUFFERS_MAX, since, sources });
      const dump = await collectDump(answers);
      const all =
        since === null
          ? dump
          : await collectDump(askServer(this.#path, { request: "dump", listedMax: 0, since: null, sources }));
      const isOwn = this.#own !== null;
      const { live, groups, atExit } = dump;
      const findings = dump.findings.map((each) => ({ ...each, fails: this.#fails(each) })).toSorted(byGravity);
      return { socket: this.#path, isOwn, live, groups, total: all.groups, findings, tests, atExit };
    } catch (error) {
      this.#warn("the allocation server did not answer at the end", error);
      return null;
    }
  }

  /** By the rules of this run, whatever those of the server. A server that others use too has their memory as well. */
  #fails({ verdict, pids }: ServerFinding): boolean {
    const isOurs = this.#own !== null || pids.some((pid) => this.#pids.has(pid));
    return isOurs && this.#rules.failOn.includes(verdict);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#own?.[Symbol.asyncDispose]();
  }

  async #openOwn(version: string, faults: Faults): Promise<void> {
    const warn = (text: string): void => void this.warnings.push(`allocation server: ${text}`);
    try {
      const server = await AllocationServer.open({
        socketPath: this.#path,
        mode: OWNER_ONLY,
        gid: null,
        compat: null,
        flavour: FLAVOURS.modern,
        print: null,
        isVerbose: false,
        // The run follows them itself.
        followsRings: false,
        recording: null,
        onEvent: null,
        onCommand: new RequestAnswers(version, () => 0, faults, this.#rules).answer,
        log: { warn, info: () => {}, debug: () => {} },
        faults,
      });
      this.#own = server;
      this.#growth = new TestGrowth((since, pid) => growthOnOwn(server, since, pid), 0);
    } catch (error) {
      // Another server has the socket, which is as good.
      if (!(error instanceof UsageError)) throw error;
    }
  }

  async #useOther(): Promise<void> {
    try {
      for await (const _ of askServer(this.#path, { request: "baseline-save", name: this.#baseline }));
      const { births } = await askForGrowth(this.#path, null, 0);
      this.#growth = new TestGrowth((since, pid) => this.#growthOnOther(since, pid), births);
    } catch (error) {
      this.#warn("no allocation server took part", error);
    }
  }

  async #growthOnOther(since: number, pid: number): Promise<GrowthSince> {
    try {
      return await askForGrowth(this.#path, since, pid);
    } catch (error) {
      // Once is enough: what the test left is then charged to the next one that the server answers for.
      if (this.warnings.length === 0) this.#warn("the allocation server did not answer after a test", error);
      return { births: since, groups: [] };
    }
  }

  #warn(what: string, error: unknown): void {
    if (!(error instanceof UsageError)) throw error;
    this.warnings.push(`${what}: ${error.message}`);
  }
}

/** Without the way through the socket: a look that comes a connection later is one test too late. */
async function growthOnOwn(server: AllocationServer, since: number, pid: number): Promise<GrowthSince> {
  await server.checkpoint();
  if (server.serverBooks === null) throw new Error("a run's own server keeps the right books");
  return growthSince(server.serverBooks, since, pid);
}

/** `since` null: only the number of the newest allocation. Throws UsageError if the server does not answer. */
async function askForGrowth(path: string, since: number | null, pid: number): Promise<GrowthSince> {
  for await (const answer of askServer(path, { request: "growth", since, pid, sources })) {
    if (answer.kind === "growth") return answer;
  }
  throw new UsageError(`the server on ${path} sent no growth`);
}
