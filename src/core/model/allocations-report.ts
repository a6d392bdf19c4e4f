/** Live buffers of one device and memory type on an allocation server. */
interface ServerGroup {
  readonly device: number;
  readonly memoryType: string;
  readonly buffers: number;
  readonly sizeBytes: number;
}

/** What the rules over an allocation server's books say about some of them. */
interface ServerFinding extends ServerGroup {
  readonly rule: string;
  readonly verdict: string;
  readonly evidence: string;
}

/** What a patched tt-metal reported to an allocation server while a command ran. */
export interface AllocationsReport {
  readonly socket: string;
  /** Whether the server was this run's own, or one that was running already. */
  readonly isOwn: boolean;
  /** Buffers allocated during the run that are live at its end; a process that has ended is told apart, in `atExit`. */
  readonly live: number;
  readonly groups: readonly ServerGroup[];
  readonly findings: readonly ServerFinding[];
  /** Processes that ended during the run with buffers they had not freed. */
  readonly atExit: readonly { readonly pid: number; readonly buffers: number; readonly sizeBytes: number }[];
}
