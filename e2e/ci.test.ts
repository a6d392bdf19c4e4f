import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, test } from "node:test";
import { parse } from "yaml";
import { z } from "zod";
import { ENVIRONMENT } from "./environment.ts";
import {
  CLEAN_TEST,
  CLONE,
  LEAKING_TEST,
  makeFolder,
  makeSuite,
  NEWEST,
  PROGRAM,
  programOf,
  readText,
} from "./run-harness.ts";

const Step = z.object({
  run: z.string().optional(),
  uses: z.string().optional(),
  env: z.record(z.string(), z.string()).default({}),
  shell: z.string().optional(),
});
const Action = z.object({
  inputs: z.record(z.string(), z.object({ default: z.string().optional() })),
  runs: z.object({ steps: z.array(Step) }),
});
const Workflow = z.object({
  jobs: z.record(
    z.string(),
    z.object({ steps: z.array(Step.extend({ with: z.record(z.string(), z.string()).optional() })) }),
  ),
});
const GitlabCi = z.record(
  z.string(),
  z.object({
    script: z.array(z.string()),
    artifacts: z.object({ paths: z.array(z.string()), reports: z.record(z.string(), z.string()) }).optional(),
  }),
);

const PAGE = readFileSync(join(CLONE, "docs/ci.md"), "utf8");
const ACTION = Action.parse(parse(readFileSync(join(CLONE, "action.yml"), "utf8")));

/** The YAML of the page by the file that it is, which its first line says. */
const RECIPES = new Map(
  [...PAGE.matchAll(/^```yaml\n# ([^\n]*)\n(.*?)^```$/gms)].map(([, name = "", text = ""]) => [
    name,
    parse(text) as unknown,
  ]),
);

/** How the hosts run a script. */
const GITHUB_SHELL = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"];
/** Without `--norc`, a bash that is nobody's child by SHLVL takes a socket as its input for a remote login's, and reads ~/.bashrc. */
const GITLAB_SHELL = ["bash", "--norc", "-eo", "pipefail", "-c"];

const leaking = (): string => makeSuite({ "tests/test_a.py": LEAKING_TEST, "tests/test_b.py": CLEAN_TEST });
const clean = (): string => makeSuite({ "tests/test_b.py": CLEAN_TEST });

/**
 * Programs of a runner: `python` with ttnn, which notes what pip is to install and installs nothing, and, where it is
 * installed already, `tt-memwatch`.
 */
function makePrograms(installed: boolean): { readonly folder: string; readonly pipLog: string } {
  const folder = join(makeFolder(), "bin");
  mkdirSync(folder);
  const pipLog = join(folder, "pip.log");
  const python = programOf(NEWEST, "python");
  const link = `ln -sf '${PROGRAM}' '${folder}/tt-memwatch'`;
  writeFileSync(
    join(folder, "python"),
    `#!/bin/sh\nif [ "$1 $2" = "-m pip" ]; then echo "$@" >> '${pipLog}'; exec ${link}; fi\nexec '${python}' "$@"\n`,
  );
  chmodSync(join(folder, "python"), 0o755);
  if (installed) symlinkSync(PROGRAM, join(folder, "tt-memwatch"));
  return { folder, pipLog };
}

interface Host {
  readonly shell: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

/** Runs a script as a host's runner does, on a runner with a mock device. */
function runScript(script: string, { shell, cwd, env }: Host) {
  const all = { ...ENVIRONMENT, PYTHONDONTWRITEBYTECODE: "1", ...env };
  return spawnSync(PROGRAM, ["mock", "--", ...shell, script], { cwd, env: all, encoding: "utf8" });
}

/** A job of GitHub's, whose steps share a checkout, a summary and outputs. */
function githubJob(cwd: string, installed: boolean) {
  const { folder, pipLog } = makePrograms(installed);
  const files = makeFolder();
  const [summary, output] = [join(files, "summary.md"), join(files, "output")];
  const env = {
    PATH: [folder, ENVIRONMENT.PATH].join(delimiter),
    GITHUB_ACTIONS: "true",
    GITHUB_WORKSPACE: cwd,
    GITHUB_STEP_SUMMARY: summary,
    GITHUB_OUTPUT: output,
  };
  return { host: { shell: GITHUB_SHELL, cwd, env }, pipLog, summary, output };
}

type Job = ReturnType<typeof githubJob>;

/** Runs the steps that are scripts until one fails; gives the end of the last that ran. */
function runSteps(steps: readonly z.output<typeof Step>[], { host }: Job, inputOf: (expression: string) => string) {
  let last = { status: 0 as number | null, stdout: "", stderr: "" };
  for (const { run, env } of steps) {
    if (run === undefined || last.status !== 0) continue;
    const given = Object.entries(env).map(([name, value]) => [
      name,
      value.replace(/\$\{\{ (.*?) \}\}/g, (_, each) => inputOf(each)),
    ]);
    last = runScript(run, { ...host, env: { ...host.env, ...Object.fromEntries(given) } });
  }
  return last;
}

function runAction(inputs: Readonly<Record<string, string>>, job: Job) {
  const values: Readonly<Record<string, string | undefined>> = {
    ...Object.fromEntries(Object.entries(ACTION.inputs).map(([name, input]) => [name, input.default])),
    ...inputs,
  };
  return runSteps(ACTION.runs.steps, job, (expression) => {
    const value = values[expression.replace(/^inputs\./, "")];
    assert.ok(value !== undefined, `no value for ${expression}`);
    return value;
  });
}

function recipe(name: string): unknown {
  return RECIPES.get(name) ?? assert.fail(`${name} is not in docs/ci.md, which has ${[...RECIPES.keys()].join(", ")}`);
}

describe("the action", () => {
  test("fails for a suite that leaks, annotates it, and leaves the reports and the summary", () => {
    const cwd = leaking();
    const job = githubJob(cwd, false);
    const { status, stdout, stderr } = runAction(
      { command: "python -m pytest -q tests", options: "--confirm -v" },
      job,
    );
    assert.equal(status, 1, stderr);
    assert.match(stdout, /^LEAK +tests\/test_a\.py::test_leak/m);
    assert.match(stdout, /^::error file=conftest\.py,line=13,title=tt-memwatch%3A leak/m);
    assert.equal(readFileSync(job.pipLog, "utf8"), "-m pip install pytest-tt-memwatch\n");
    assert.equal(readFileSync(job.output, "utf8"), "exit-code=1\nsarif=tt-memwatch-reports/memory.sarif\n");
    for (const name of ["memory.sarif", "memory.json", "memory.html"]) {
      assert.match(readText(join(cwd, "tt-memwatch-reports", name)), /test_leak/);
    }
    assert.match(readFileSync(job.summary, "utf8"), /^## ❌ tt-memwatch/);
  });

  test("passes for a suite that leaves nothing, uses what is installed, and takes a command as a shell has it", () => {
    const job = githubJob(clean(), true);
    const { status, stderr } = runAction({ command: "cd . && python -m pytest -q tests -k 'clean or other'" }, job);
    assert.equal(status, 0, stderr);
    assert.ok(!existsSync(job.pipLog));
    assert.match(readFileSync(job.output, "utf8"), /^exit-code=0$/m);
  });

  test("installs the version that is asked for, whatever is there", () => {
    const job = githubJob(clean(), true);
    const { status, stderr } = runAction({ command: "python -m pytest -q tests", version: "0.1.0" }, job);
    assert.equal(status, 0, stderr);
    assert.equal(readFileSync(job.pipLog, "utf8"), "-m pip install pytest-tt-memwatch==0.1.0\n");
  });

  test("uploads no SARIF where none was written", () => {
    const job = githubJob(clean(), true);
    assert.equal(runAction({ command: "python -m pytest", options: "--fail-on nothing" }, job).status, 2);
    assert.equal(readFileSync(job.output, "utf8"), "exit-code=2\n");
  });

  test("puts no input into a script, where a shell would run it", () => {
    for (const { run = "", shell } of ACTION.runs.steps)
      assert.ok(!run.includes("${{") && (run === "" || shell === "bash"));
  });

  test("has every input in the table of the page, and no other", () => {
    const listed = [...PAGE.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name = ""]) => name);
    assert.deepEqual(listed, Object.keys(ACTION.inputs));
  });
});

describe("the recipes for GitHub", () => {
  test("the workflow gives the action inputs that it has, and what it needs", () => {
    const { jobs } = Workflow.parse(recipe(".github/workflows/device-memory.yml"));
    const inputs = jobs.tests?.steps.at(-1)?.with ?? {};
    assert.ok(Object.keys(inputs).every((name) => name in ACTION.inputs) && inputs.command !== undefined);
    const end = runAction(inputs, githubJob(leaking(), false));
    assert.equal(end.status, 1, end.stderr);
  });

  test("the workflow by hand finds the leak, and its paths are where the next steps look", () => {
    const { jobs } = Workflow.parse(recipe(".github/workflows/device-memory-by-hand.yml"));
    const steps = jobs.tests?.steps ?? [];
    const cwd = leaking();
    const { status, stdout, stderr } = runSteps(steps, githubJob(cwd, false), assert.fail);
    assert.equal(status, 1, stderr);
    assert.match(stdout, /^::error file=conftest\.py/m);
    const uploaded = steps.flatMap(({ with: given = {} }) =>
      [given.sarif_file, given.path].filter((path) => path !== undefined),
    );
    assert.deepEqual(uploaded, ["reports/memory.sarif", "reports"]);
    for (const path of uploaded) assert.ok(existsSync(join(cwd, path)), path);
    assert.match(readFileSync(join(cwd, "reports/junit.xml"), "utf8"), /<testsuite [^>]*name="tt-memwatch"/);
  });
});

describe("the recipes for GitLab", () => {
  for (const name of [".gitlab-ci.yml", ".gitlab-ci.yml, at first", ".gitlab-ci.yml, with workers"]) {
    test(`${name} runs, and leaves the files that it names`, () => {
      const jobs = GitlabCi.parse(recipe(name));
      const cwd = leaking();
      const { folder } = makePrograms(name !== ".gitlab-ci.yml");
      const env = { PATH: [folder, ENVIRONMENT.PATH].join(delimiter) };
      for (const { script, artifacts } of Object.values(jobs)) {
        const { status, stdout, stderr } = runScript(script.join("\n"), { shell: GITLAB_SHELL, cwd, env });
        assert.equal(status, 1, `${stdout}\n${stderr}`);
        for (const path of Object.values(artifacts?.reports ?? {})) assert.ok(existsSync(join(cwd, path)), path);
        const issues = artifacts?.reports.codequality;
        if (issues === undefined) continue;
        const [{ location }] = JSON.parse(readFileSync(join(cwd, issues), "utf8"));
        assert.deepEqual(location, { path: "conftest.py", lines: { begin: 13 } });
      }
    });
  }
});
