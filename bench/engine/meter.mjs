/**
 * Loaded into every Node of a command by NODE_OPTIONS: the engine leaves what it used in the file BENCH_METER when it ends, in
 * milliseconds of user and system time and the most bytes that were resident. JavaScript, because what Node takes to read
 * TypeScript, 17 to 33 MB, would be counted as the engine's.
 */
import { writeFileSync } from "node:fs";

const BYTES_PER_KB = 1024;

const file = process.env.BENCH_METER;
if (file !== undefined && process.argv[1]?.endsWith("/bin/main.mjs")) {
  process.on("exit", () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    writeFileSync(
      file,
      JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, rssBytes: maxRSS * BYTES_PER_KB }),
    );
  });
}
