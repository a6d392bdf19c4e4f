import { resolve } from "node:path";
import type { Command, OptionValues } from "commander";
import { z } from "zod";
import { printable } from "../../core/base/printable.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { ExitCode } from "../../core/model/exit-code.ts";
import type { RegionsSnapshot } from "../../core/model/memory-region.ts";
import { regionsJson } from "../../out/report/regions/regions-json.ts";
import { regionsText } from "../../out/report/regions/regions-text.ts";
import type { CommandRow } from "../command-row.ts";
import type { Io } from "../io.ts";
import { whyUnread } from "../named-file.ts";
import { print } from "../print.ts";
import { RegionSource } from "./region-source.ts";

const Flags = z.object({ json: z.boolean().default(false) });

const HELP = `
Lists what every tt-metal program on this machine holds by its own count, with or without pytest and tt-memwatch. The
programs count in one file for each chip, /dev/shm/tt_device_<id>_memory, unless TT_METAL_SHM_TRACKING_DISABLED=1 is set.
tt-memwatch only reads these files. FOLDER names another folder, such as that of a container.

Examples:
  tt-memwatch regions
  tt-memwatch regions --json | jq '.regions[].processes[] | select(.state == "running")'
  tt-memwatch regions /proc/4711/root/dev/shm            (of the container that the process 4711 is in)`;

export const regionsCommand: CommandRow = {
  name: "regions",
  summary: "list what tt-metal programs hold, by their counts in shared memory",
  declare: (command: Command) =>
    command
      .usage("[--json] [FOLDER]")
      .option("--json", "print them as JSON, by docs/regions.schema.json")
      .argument("[folder]", "the folder with the regions (default: /dev/shm)")
      .addHelpText("after", HELP),
  run: async (flags: OptionValues, [folder]: readonly string[], io: Io) => {
    if (folder === "") throw new UsageError("regions: name a folder, or none for /dev/shm");
    const snapshot = readFolder(new RegionSource(folder === undefined ? undefined : resolve(io.cwd, folder)), folder);
    const isJson = Flags.parse(flags).json;
    await print(io.stdout, isJson ? regionsJson(snapshot) : regionsText(snapshot));
    if (!isJson) for (const line of problemsOf(snapshot)) io.stderr.write(`tt-memwatch: regions: ${line}\n`);
    return ExitCode.clean;
  },
};

function readFolder(source: RegionSource, folder: string | undefined): RegionsSnapshot {
  try {
    return source.read();
  } catch (error) {
    const reason = whyUnread(error, "folder");
    throw new UsageError(`regions: ${folder ?? "/dev/shm"} cannot be listed: ${reason}; name a folder with regions`);
  }
}

function problemsOf({ unread, leftOut }: RegionsSnapshot): readonly string[] {
  const files = unread.map(({ path, reason }) => `${printable(path)} is not read: ${printable(reason)}`);
  return leftOut === 0 ? files : [...files, `${leftOut} more files are not read`];
}
