import { spawnSync } from "node:child_process";
import type { Surroundings } from "../../core/model/history.ts";

/** No repository answers later, in ms. */
const GIT_MS_MAX = 5_000;

/** The commit that is checked out in a folder, and its branch; null where there is none, or no git. */
export function gitFacts(folder: string, env: Readonly<NodeJS.ProcessEnv>): Pick<Surroundings, "commit" | "branch"> {
  const { stdout, status } = spawnSync("git", ["rev-parse", "HEAD", "--abbrev-ref", "HEAD"], {
    cwd: folder,
    // It only looks: it is not to write what it noticed into the index.
    env: { ...env, GIT_OPTIONAL_LOCKS: "0" },
    encoding: "utf8",
    timeout: GIT_MS_MAX,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [commit = "", branch = ""] = status === 0 ? stdout.split("\n") : [];
  // A commit without a branch is called HEAD.
  return { commit: commit || null, branch: branch === "" || branch === "HEAD" ? null : branch };
}
