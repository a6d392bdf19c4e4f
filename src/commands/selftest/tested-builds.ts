import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { z } from "zod";
import { makePrivateFolder } from "../../files/make-folder.ts";
import { readTextFile } from "../../files/open-outside-file.ts";
import { placeOf, replaceFile } from "../../files/replace-file.ts";

const SCHEMA = "urn:tt-memwatch:tested-builds:1";

/** A larger file is not a file of ours. */
const FILE_BYTES_MAX = 1_048_576;

/** Builds that are remembered; of more the oldest are forgotten. */
const BUILDS_MAX = 1_000;

const Build = z.object({
  /** "gnu:" or "sha256:" and hexadecimal digits. */
  build: z.string(),
  ttnn: z.string(),
  /** Version of the tracer that it was tested with. */
  tracer: z.string(),
  /** ISO 8601, UTC. */
  testedAt: z.string(),
});

const File = z.object({ schema: z.literal(SCHEMA), builds: z.array(Build) });

export type TestedBuild = z.infer<typeof Build>;

/** What became of the file. `warning`: a sentence about what could not be done; else empty. */
export interface Remembered {
  readonly isChanged: boolean;
  readonly path: string;
  readonly warning: string;
}

/** Notes a build as tested, once; the tracer then starts by itself on it. */
export function rememberBuild(build: TestedBuild, env: Readonly<NodeJS.ProcessEnv>): Remembered {
  return change(env, (builds) => [...builds.filter((other) => other.build !== build.build), build].slice(-BUILDS_MAX));
}

/** Takes a build off the list, if it is there. */
export function forgetBuild(build: string, env: Readonly<NodeJS.ProcessEnv>): Remembered {
  return change(env, (builds) => builds.filter((other) => other.build !== build));
}

function change(
  env: Readonly<NodeJS.ProcessEnv>,
  edit: (builds: readonly TestedBuild[]) => readonly TestedBuild[],
): Remembered {
  const path = dataFile(env);
  const { builds, warning } = readBuilds(path);
  const edited = edit(builds);
  if (JSON.stringify(edited) === JSON.stringify(builds)) return { isChanged: false, path, warning };
  try {
    makePrivateFolder(dirname(path));
    replaceFile(placeOf(path), `${JSON.stringify({ schema: SCHEMA, builds: edited }, null, 2)}\n`, 0o600);
    return { isChanged: true, path, warning };
  } catch (error) {
    return { isChanged: false, path, warning: `${path} cannot be written: ${messageOf(error)}` };
  }
}

function readBuilds(path: string): { readonly builds: readonly TestedBuild[]; readonly warning: string } {
  try {
    return { builds: File.parse(JSON.parse(readTextFile(path, FILE_BYTES_MAX))).builds, warning: "" };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return { builds: [], warning: "" };
    return { builds: [], warning: `${path} is not a list of tested builds and was ignored` };
  }
}

/** As the tracer looks for it. */
function dataFile({ XDG_DATA_HOME: named, HOME: home }: Readonly<NodeJS.ProcessEnv>): string {
  // The XDG specification: a relative path is to be ignored.
  const folder = named && isAbsolute(named) ? named : join(home || homedir(), ".local", "share");
  return join(folder, "tt-memwatch", "tested-builds.json");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
