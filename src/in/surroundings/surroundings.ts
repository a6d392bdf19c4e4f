import { hostname } from "node:os";
import type { Surroundings } from "../../core/model/history.ts";
import { boardOf } from "./board.ts";
import { ciFacts } from "./ci.ts";
import { gitFacts } from "./git.ts";

/** What can be seen of where a run takes place: by the CI's environment first, which knows the branch of what is checked out. */
export function surroundingsOf(folder: string, env: Readonly<NodeJS.ProcessEnv>): Surroundings {
  const ci = ciFacts(env);
  const git = gitFacts(folder, env);
  return {
    host: hostname(),
    commit: ci.commit ?? git.commit,
    branch: ci.branch ?? git.branch,
    board: boardOf(env),
    job: ci.job,
    labels: {},
  };
}
