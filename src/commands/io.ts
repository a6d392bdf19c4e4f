import type { Faults } from "./own-faults.ts";

/** What a command may touch of the process it runs in. */
export interface Io {
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly cwd: string;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Where faults of our own go. */
  readonly faults: Faults;
}
