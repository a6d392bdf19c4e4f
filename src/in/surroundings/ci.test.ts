import assert from "node:assert/strict";
import { it } from "node:test";
import { ciFacts } from "./ci.ts";

const GITHUB = {
  GITHUB_ACTIONS: "true",
  GITHUB_SHA: "4f0c9a1b",
  GITHUB_REF_NAME: "main",
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_REPOSITORY: "o/r",
  GITHUB_RUN_ID: "7",
};
const GITLAB = {
  GITLAB_CI: "true",
  CI_COMMIT_SHA: "4f0c9a1b",
  CI_COMMIT_REF_NAME: "main",
  CI_JOB_URL: "https://gitlab/o/r/-/jobs/7",
};

const CASES: readonly (readonly [what: string, env: NodeJS.ProcessEnv, branch: string | null, job: string | null])[] = [
  ["GitHub", GITHUB, "main", "https://github.com/o/r/actions/runs/7"],
  [
    "a pull request on GitHub",
    { ...GITHUB, GITHUB_HEAD_REF: "topic" },
    "topic",
    "https://github.com/o/r/actions/runs/7",
  ],
  ["GitLab", GITLAB, "main", "https://gitlab/o/r/-/jobs/7"],
  [
    "a merge request on GitLab",
    { ...GITLAB, CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: "topic" },
    "topic",
    "https://gitlab/o/r/-/jobs/7",
  ],
  [
    "Jenkins",
    { JENKINS_URL: "http://j/", GIT_COMMIT: "4f0c9a1b", GIT_BRANCH: "origin/main", BUILD_URL: "http://j/7/" },
    "main",
    "http://j/7/",
  ],
  [
    "Buildkite",
    { BUILDKITE: "true", BUILDKITE_COMMIT: "4f0c9a1b", BUILDKITE_BRANCH: "main", BUILDKITE_BUILD_URL: "https://b/7" },
    "main",
    "https://b/7",
  ],
  [
    "CircleCI",
    { CIRCLECI: "true", CIRCLE_SHA1: "4f0c9a1b", CIRCLE_BRANCH: "main", CIRCLE_BUILD_URL: "https://c/7" },
    "main",
    "https://c/7",
  ],
  [
    "Azure",
    { TF_BUILD: "True", BUILD_SOURCEVERSION: "4f0c9a1b", BUILD_SOURCEBRANCH: "refs/heads/a/b", BUILD_BUILDID: "7" },
    "a/b",
    "7",
  ],
];

for (const [what, env, branch, job] of CASES) {
  it(`${what} says commit, branch and job`, () => assert.deepEqual(ciFacts(env), { commit: "4f0c9a1b", branch, job }));
}

it("outside of CI nothing is known, whatever is left of its variables", () => {
  const { GITHUB_ACTIONS: _, ...rest } = GITHUB;
  assert.deepEqual(ciFacts(rest), { commit: null, branch: null, job: null });
});
