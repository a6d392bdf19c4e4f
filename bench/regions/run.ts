/**
 * What it costs to read regions: whoever reads them, by how many there are, and the program that counts in one.
 *
 * Usage: node bench/regions/run.ts [--rounds 40]
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpuUsage } from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { mapping } from "../../fixtures/region/mapping.ts";
import { regionBytes } from "../../fixtures/region/region-bytes.ts";
import { RegionSource } from "../../src/commands/regions/region-source.ts";
import { REGIONS_MAX } from "../../src/in/sources/region-folder.ts";
import { type Figure, median, writeFigures } from "../goals/figures.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "40" } } });
const ROUNDS = Number(values.rounds);

/** Chips of the largest machine there is. */
const CHIPS = 32;

const MS_PER_SECOND = 1_000;

/** CPU time of a reading of so many regions, in milliseconds; each counts for the same two processes. */
async function readingMs(chips: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "bench-regions-"));
  const paths = Array.from({ length: chips }, (_, chip) => join(folder, `tt_device_${chip}_memory`));
  for (const path of paths) writeFileSync(path, "");
  const write = (pids: readonly number[]): void => {
    const updatedNs = BigInt(Date.now()) * 1_000_000n;
    const rows = pids.map((pid) => ({ pid, DRAM: 64, updatedNs }));
    for (const [chip, path] of paths.entries()) {
      writeFileSync(path, regionBytes({ layout: "v3", id: BigInt(chip), device: chip, rows }));
    }
  };
  write([]);
  try {
    await using first = await mapping(...paths);
    await using second = await mapping(...paths);
    write([first.pid, second.pid]);
    const source = new RegionSource(folder);
    source.read();
    const times = Array.from({ length: ROUNDS }, () => {
      const before = cpuUsage();
      source.read();
      const { user, system } = cpuUsage(before);
      return (user + system) / 1_000;
    });
    return median(times);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** CPU time of an allocation and its free in microseconds, while nobody reads the program's region and while it is read without a pause. */
async function pairUs(): Promise<{ readonly alone: number; readonly read: number }> {
  const mock = ["bin/tt-memwatch", "mock", "--", ".venv/ttnn-0.81.1/bin/python", "bench/regions/pairs.py"];
  const place = 'mount -t tmpfs tmpfs /dev/shm\nexec "$@"';
  const env = { ...process.env, TT_METAL_SHM_TRACKING_DISABLED: "0" };
  const program = spawn("unshare", ["-m", "sh", "-c", place, "sh", ...mock], {
    env,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  await lines.next();
  const source = new RegionSource(`/proc/${program.pid}/root/dev/shm`);
  const times = { alone: [] as number[], read: [] as number[] };
  for (let round = 0; round < 2 * ROUNDS; round += 1) {
    const arm = round % 2 === 0 ? "alone" : "read";
    program.stdin.write("\n");
    let said: string | null = null;
    const next = lines.next().then(({ value }) => {
      said = value ?? "";
      return said;
    });
    while (arm === "read" && said === null) {
      source.read();
      await delay(0);
    }
    times[arm].push(Number(await next));
  }
  program.stdin.end();
  return { alone: median(times.alone), read: median(times.read) };
}

const [few, many] = [await readingMs(CHIPS), await readingMs(REGIONS_MAX)];
const pairs = await pairUs();
const common = { item: 19, before: null, note: "" };
const figures: readonly Figure[] = [
  {
    ...common,
    name: `reading the regions of ${CHIPS} chips with two processes each, once a second as \`top\` does: of a core`,
    arms: { "ms a reading": few },
    value: (few / MS_PER_SECOND) * 100,
    goal: 1,
    unit: " %",
  },
  {
    ...common,
    name: `time that one of ${REGIONS_MAX} regions takes, of that of one of ${CHIPS}`,
    arms: {
      [`us a region of ${CHIPS}`]: (few / CHIPS) * 1_000,
      [`us a region of ${REGIONS_MAX}`]: (many / REGIONS_MAX) * 1_000,
    },
    value: many / REGIONS_MAX / (few / CHIPS),
    goal: 1.3,
    unit: " x",
  },
  {
    ...common,
    name: "an allocation and its free while the program's region is read without a pause: of that while nobody reads",
    arms: { "us alone": pairs.alone, "us read": pairs.read },
    value: pairs.read / pairs.alone,
    goal: 1.02,
    unit: " x",
  },
];
writeFigures("regions", figures);
process.stdout.write(
  `${JSON.stringify(
    figures.map(({ name, arms, value }) => ({ name, arms, value })),
    null,
    2,
  )}\n`,
);
