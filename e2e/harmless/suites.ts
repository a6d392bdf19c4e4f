import type { ColumnName } from "./columns.ts";
import { OWN_SUITES } from "./own-suites.ts";

/** A suite to compare: the own tests of a package, from its source distribution, or a folder of ours. */
export interface Suite {
  readonly name: string;
  /** The version to take in each column that has one; "own" for a folder of ours. */
  readonly versions: Readonly<Partial<Record<ColumnName, string>>>;
  /** What its tests need beside the package itself. */
  readonly packages?: readonly string[];
  /** What pytest is told beside the recorder: files to run, and what to leave out. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What of its tests is left out, and why: shown in the table. */
  readonly leftOut?: string;
  /** How long one run may take, if not the usual time. */
  readonly minutes?: number;
  /** Our own tests, with a plugin: the version is the plugin's. */
  readonly isOwn?: boolean;
  /** A suite that takes long is compared in parts, which are rows of their own. */
  readonly part?: Part;
  /** The columns in which it is part of `make test`. */
  readonly quickIn?: readonly ColumnName[];
}

/** Some of the files with tests of a package's source. */
export interface Part {
  readonly of: string;
  readonly number: number;
  readonly count: number;
}

function inParts(suite: Suite, count: number): Suite[] {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  return numbers.map((number) => ({
    ...suite,
    name: `${suite.name}-${number}-of-${count}`,
    part: { of: suite.name, number, count },
  }));
}

/** The package whose tests these are, or that our own tests are run with. */
export function packageOf({ name, part }: Suite): string {
  return part?.of ?? name.split("+").at(-1) ?? name;
}

export const SUITES: readonly Suite[] = [
  ...OWN_SUITES,
  ...inParts(
    {
      name: "pytest",
      versions: { newest: "9.2.0", oldest: "7.0.1", middle: "8.4.2" },
      packages: ["attrs", "hypothesis", "mock", "requests", "setuptools", "xmlschema"],
      args: ["testing"],
    },
    12,
  ),
  {
    name: "pytest-asyncio",
    versions: { newest: "1.5.0", oldest: "0.23.8", middle: "1.3.0" },
    packages: ["hypothesis"],
    args: ["tests"],
  },
  {
    name: "anyio",
    versions: { newest: "4.16.0" },
    packages: [
      "trio",
      "hypothesis",
      "psutil",
      "pytest-mock",
      "trustme",
      "exceptiongroup",
      "coverage",
      "blockbuster",
      "truststore",
      "pytest-timeout",
    ],
    args: ["tests", "-m", "not network"],
  },
  {
    name: "pytest-xdist",
    versions: { newest: "3.8.0", oldest: "3.8.0", middle: "3.8.0" },
    packages: ["filelock", "psutil", "setproctitle"],
    args: ["testing"],
    minutes: 60,
  },
  { name: "pytest-rerunfailures", versions: { newest: "16.7", middle: "16.1" }, args: ["tests"] },
  {
    name: "flaky",
    versions: { newest: "3.8.1", oldest: "3.8.1", middle: "3.8.1" },
    packages: ["genty"],
    args: ["test/test_pytest"],
  },
  { name: "pytest-subtests", versions: { newest: "0.15.0", oldest: "0.13.1", middle: "0.15.0" }, args: ["tests"] },
  {
    name: "pytest-timeout",
    versions: { newest: "2.4.0", oldest: "2.4.0", middle: "2.4.0" },
    packages: ["pexpect", "pytest-cov"],
    args: ["test_pytest_timeout.py"],
  },
  {
    name: "pytest-cov",
    versions: { newest: "7.1.0" },
    packages: ["pytest-xdist", "fields", "hunter", "process-tests", "virtualenv"],
    args: ["tests"],
    minutes: 60,
  },
  {
    name: "pytest-mock",
    versions: { newest: "3.17.0", oldest: "3.15.1", middle: "3.15.1" },
    packages: ["pytest-asyncio"],
    args: ["tests"],
  },
  {
    name: "pytest-benchmark",
    versions: { newest: "5.3.1" },
    packages: ["aspectlib", "nbmake", "freezegun", "hunter", "elasticsearch", "pygal", "pygaljs", "setuptools"],
    args: ["tests"],
  },
  {
    name: "pytest-order",
    versions: { newest: "1.5.0" },
    packages: ["pytest-xdist", "pytest-dependency", "pytest-mock"],
    args: ["tests"],
  },
  {
    name: "pytest-repeat",
    versions: { newest: "0.9.4", oldest: "0.9.4", middle: "0.9.4" },
    args: ["test_repeat.py"],
    quickIn: ["oldest"],
  },
  { name: "pytest-forked", versions: { newest: "1.7.5", oldest: "1.6.0", middle: "1.6.0" }, args: ["testing"] },
  {
    name: "pytest-html",
    versions: { newest: "4.2.0" },
    packages: ["beautifulsoup4", "assertpy", "pytest-rerunfailures", "pytest-xdist", "selenium", "pytest-mock"],
    args: ["testing"],
  },
  { name: "pytest-json-report", versions: { newest: "1.5.0" }, packages: ["pytest-xdist", "flaky"], args: ["tests"] },
  {
    name: "pytest-metadata",
    versions: { newest: "3.1.1", oldest: "3.1.1", middle: "3.1.1" },
    args: ["tests"],
  },
  { name: "pytest-sugar", versions: { newest: "1.1.1" }, args: ["test_sugar.py"] },
  {
    name: "pytest-instafail",
    versions: { newest: "0.5.0" },
    packages: ["pexpect", "pytest-xdist"],
    args: ["test_instafail.py"],
  },
  { name: "pytest-env", versions: { newest: "1.8.5" }, packages: ["pytest-mock"], args: ["tests"] },
  {
    name: "pytest-dependency",
    versions: { newest: "0.6.1", oldest: "0.6.1", middle: "0.6.1" },
    args: ["tests"],
  },
  {
    name: "pytest-httpserver",
    versions: { newest: "1.2.0" },
    packages: ["requests", "httpx", "aiohttp", "pytest-cov", "websocket-client"],
    args: ["tests"],
  },
  { name: "pytest-freezer", versions: { newest: "0.4.9" }, args: ["tests"] },
  { name: "pytest-datadir", versions: { newest: "1.8.0" }, args: ["tests"] },
  {
    name: "pytest-regressions",
    versions: { newest: "2.11.0" },
    packages: ["matplotlib", "pandas", "pillow", "restructuredtext-lint", "pytest-xdist"],
    args: ["tests"],
  },
  {
    name: "syrupy",
    versions: { newest: "7.0.1" },
    packages: ["pytest-xdist", "pytest-benchmark", "attrs", "invoke", "pydantic"],
    args: ["tests"],
    minutes: 60,
  },
  { name: "pytest-check", versions: { newest: "3.0.3" }, args: ["tests"] },
  { name: "pytest-picked", versions: { newest: "0.5.1" }, args: ["tests"] },
  {
    name: "pytest-trio",
    versions: { newest: "0.8.0" },
    packages: ["hypothesis"],
    args: ["pytest_trio/_tests", "--ignore=pytest_trio/_tests/test_hypothesis_interaction.py"],
    leftOut: "one file, which needs trio's own tests",
  },
  { name: "pytest-twisted", versions: { newest: "1.14.3" }, packages: ["twisted", "pytest-xdist"], args: ["testing"] },
  {
    name: "pytest-socket",
    versions: { newest: "0.8.1" },
    packages: ["httpx", "pytest-httpbin", "starlette", "requests", "asgiref"],
    args: ["tests"],
  },
  { name: "pytest-httpx", versions: { newest: "0.36.2" }, packages: ["pytest-asyncio"], args: ["tests"] },
  { name: "pytest-icdiff", versions: { newest: "0.9" }, args: ["tests"] },
  {
    name: "pytest-console-scripts",
    versions: { newest: "1.4.1" },
    packages: ["setuptools", "virtualenv"],
    args: ["tests"],
  },
  {
    name: "pytest-retry",
    versions: { newest: "1.7.0" },
    packages: ["pytest-asyncio", "pytest-xdist"],
    args: ["tests"],
  },
  { name: "pytest-flakefinder", versions: { newest: "1.1.0" }, args: ["tests"] },
  { name: "pytest-unordered", versions: { newest: "0.8.0" }, args: ["tests"] },
  { name: "pytest-snapshot", versions: { newest: "0.9.0" }, args: ["tests"] },
  { name: "pytest-aiohttp", versions: { newest: "1.1.1" }, args: ["tests"] },
  { name: "pytest-doctestplus", versions: { newest: "1.7.1" }, args: ["tests"] },
  { name: "pytest-remotedata", versions: { newest: "0.4.2" }, args: ["tests"] },
  { name: "pytest-print", versions: { newest: "1.4.1" }, args: ["tests"] },
  {
    name: "pytest-subprocess",
    versions: { newest: "1.6.0" },
    packages: ["anyio", "trio", "pytest-asyncio", "pytest-rerunfailures", "Pygments", "docutils"],
    args: ["tests"],
  },
  {
    name: "pytest-localserver",
    versions: { newest: "0.10.0.post0" },
    packages: ["requests", "aiosmtpd"],
    args: ["tests"],
  },
  { name: "pytest-variables", versions: { newest: "3.1.0" }, packages: ["hjson", "pyyaml", "toml"], args: ["tests"] },
  { name: "pytest-random-order", versions: { newest: "1.2.0" }, args: ["tests"] },
  { name: "pytest-describe", versions: { newest: "3.2.0" }, args: ["test"] },
  { name: "pytest-assume", versions: { newest: "2.4.3" }, packages: ["six"], args: ["tests"] },
  {
    name: "pytest-recording",
    versions: { newest: "0.14.1" },
    packages: ["pytest-httpbin", "pytest-mock", "requests", "werkzeug", "aiohttp"],
    args: ["tests"],
  },
  { name: "pytest-github-actions-annotate-failures", versions: { newest: "0.4.2" }, args: ["plugin_test.py"] },
];
