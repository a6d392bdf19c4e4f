/** Loaded into every Node of a command by NODE_OPTIONS: the engine leaves what it used in the file BENCH_METER when it ends. */
import { writeFileSync } from "node:fs";

export interface Used {
  /** User and system time of the process, in milliseconds. */
  readonly cpuMs: number;
  /** The most that was resident, in bytes. */
  readonly rssBytes: number;
}

const BYTES_PER_KB = 1024;

const file = process.env.BENCH_METER;
if (file !== undefined && process.argv[1]?.endsWith("/bin/main.mjs")) {
  process.on("exit", () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const used: Used = { cpuMs: (userCPUTime + systemCPUTime) / 1000, rssBytes: maxRSS * BYTES_PER_KB };
    writeFileSync(file, JSON.stringify(used));
  });
}
