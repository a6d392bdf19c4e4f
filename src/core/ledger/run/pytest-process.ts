import type { ProcessInfo, RunEvent } from "../../model/event.ts";
import type { ProcessRecord } from "../../model/run-record.ts";

type EventOf<Kind extends RunEvent["kind"]> = Extract<RunEvent, { kind: Kind }>;

type Said = Pick<
  ProcessRecord,
  "process" | "info" | "sessions" | "collected" | "paths" | "end" | "refusal" | "exitStatus" | "dropped"
>;

/** What a process that runs pytest said of itself: its sessions, what they collected, and how it ended. */
export class PytestProcess {
  readonly id: number;
  /** In order. */
  readonly #sessions: [ProcessInfo, ...ProcessInfo[]];
  #collected = 0;
  /** Of the first session. */
  #paths: readonly string[] | null = null;
  #end: ProcessRecord["end"] = "still-running";
  #refusal: string | null = null;
  #exitStatus: number | null = null;
  #dropped = 0;

  constructor(id: number, info: ProcessInfo) {
    this.id = id;
    this.#sessions = [info];
  }

  /** Of its first session. */
  get info(): ProcessInfo {
    return this.#sessions[0];
  }

  /** The number of the session that began last, from 1. */
  get session(): number {
    return this.#sessions.length;
  }

  get end(): ProcessRecord["end"] {
    return this.#end;
  }

  /** The process goes on with another pytest session. */
  beginSession(info: ProcessInfo): void {
    this.#sessions.push(info);
    this.#end = "still-running";
  }

  collect({ tests, paths }: EventOf<"collected">): void {
    this.#collected += tests;
    this.#paths ??= paths;
  }

  finish({ exitStatus, dropped }: EventOf<"process-end">): void {
    this.#end = "finished";
    this.#exitStatus ||= exitStatus;
    this.#dropped += dropped;
  }

  lose({ refusal }: EventOf<"process-lost">): void {
    this.#end = refusal === null ? "lost" : "refused";
    this.#refusal = refusal;
  }

  record(): Said {
    return {
      process: this.id,
      info: this.info,
      sessions: [...this.#sessions],
      collected: this.#collected,
      paths: this.#paths,
      end: this.#end,
      refusal: this.#refusal,
      exitStatus: this.#exitStatus,
      dropped: this.#dropped,
    };
  }
}
