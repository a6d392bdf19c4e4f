import type { Surroundings } from "../../core/model/history.ts";

type Env = Readonly<NodeJS.ProcessEnv>;

/** What a CI service says of the job that runs; null: it does not say. */
export type CiFacts = Pick<Surroundings, "commit" | "branch" | "job">;

interface Service {
  /** Its variable that is there in each of its jobs. */
  readonly sign: string;
  /** Variables, of which the first that is set counts: those of a pull request come first. */
  readonly commit: readonly string[];
  readonly branch: readonly string[];
  readonly job: readonly string[];
}

/** As each service documents its variables. */
const SERVICES: readonly Service[] = [
  { sign: "GITHUB_ACTIONS", commit: ["GITHUB_SHA"], branch: ["GITHUB_HEAD_REF", "GITHUB_REF_NAME"], job: [] },
  {
    sign: "GITLAB_CI",
    commit: ["CI_COMMIT_SHA"],
    branch: ["CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_REF_NAME"],
    job: ["CI_JOB_URL"],
  },
  { sign: "JENKINS_URL", commit: ["GIT_COMMIT"], branch: ["CHANGE_BRANCH", "GIT_BRANCH"], job: ["BUILD_URL"] },
  { sign: "BUILDKITE", commit: ["BUILDKITE_COMMIT"], branch: ["BUILDKITE_BRANCH"], job: ["BUILDKITE_BUILD_URL"] },
  { sign: "CIRCLECI", commit: ["CIRCLE_SHA1"], branch: ["CIRCLE_BRANCH"], job: ["CIRCLE_BUILD_URL"] },
  {
    sign: "TF_BUILD",
    commit: ["BUILD_SOURCEVERSION"],
    branch: ["SYSTEM_PULLREQUEST_SOURCEBRANCH", "BUILD_SOURCEBRANCH"],
    job: ["BUILD_BUILDID"],
  },
];

/** What CI says of this job; each null outside of one. */
export function ciFacts(env: Env): CiFacts {
  const service = SERVICES.find(({ sign }) => env[sign]);
  if (service === undefined) return { commit: null, branch: null, job: null };
  return {
    commit: firstOf(env, service.commit),
    // Jenkins names the remote, and Azure the whole reference.
    branch: firstOf(env, service.branch)?.replace(/^(?:origin\/|refs\/heads\/)/, "") ?? null,
    job: firstOf(env, service.job) ?? githubJob(env),
  };
}

function firstOf(env: Env, names: readonly string[]): string | null {
  return names.map((name) => env[name]).find((value) => value) ?? null;
}

function githubJob(env: Env): string | null {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env;
  return server && repository && run ? `${server}/${repository}/actions/runs/${run}` : null;
}
