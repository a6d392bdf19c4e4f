import type { Suite } from "./suites.ts";

/** In place of a version: a folder of ours. */
export const OWN = "own";

/** Plugins that change how tests run or are reported, with what turns that on; each is loaded in our own suite. */
const WITH: readonly (readonly [plugin: string, version: string, args: readonly string[]])[] = [
  ["pytest-randomly", "5.1.0", ["-p", "randomly", "-p", "no:cacheprovider", "--randomly-seed=7"]],
  ["pytest-random-order", "1.2.0", ["--random-order", "--random-order-seed=7"]],
  ["pytest-reverse", "1.9.0", ["--reverse"]],
  ["pytest-split", "0.11.0", ["--splits=2", "--group=1"]],
  ["pytest-rerunfailures", "16.7", ["--reruns=2"]],
  ["flaky", "3.8.1", ["--force-flaky", "--max-runs=3"]],
  ["pytest-retry", "1.7.0", ["--retries=2", "--retry-delay=0"]],
  ["pytest-repeat", "0.9.4", ["--count=2"]],
  ["pytest-flakefinder", "1.1.0", ["--flake-finder", "--flake-runs=2"]],
  ["pytest-forked", "1.7.5", ["--forked"]],
  ["pytest-timeout", "2.4.0", ["--timeout=600"]],
  ["pytest-cov", "7.1.0", ["--cov=.", "--cov-branch"]],
  ["allure-pytest", "2.16.2", ["--alluredir=allure"]],
  ["pytest-bdd", "9.0.1", ["--gherkin-terminal-reporter", "-v"]],
  ["pytest-html", "4.2.0", ["--html=report.html", "--self-contained-html"]],
  ["pytest-json-report", "1.5.0", ["--json-report", "--json-report-file=report.json"]],
  ["pytest-reportlog", "1.0.0", ["--report-log=log.jsonl"]],
  ["pytest-sugar", "1.1.1", ["--force-sugar"]],
  ["pytest-instafail", "0.5.0", ["--instafail"]],
  ["pytest-clarity", "1.0.1", ["-vv"]],
  ["pytest-benchmark", "5.3.1", []],
  ["pytest-asyncio", "1.5.0", ["--asyncio-mode=auto"]],
  ["anyio", "4.16.0", []],
  ["pytest-trio", "0.8.0", []],
  ["pytest-twisted", "1.14.3", []],
  ["pytest-django", "4.14.0", []],
  ["pytest-memray", "1.11.0", ["--memray"]],
  ["pytest-cases", "3.10.1", []],
  ["pytest-harvest", "1.10.5", []],
];

export const OWN_SUITES: readonly Suite[] = [
  { name: OWN, versions: { newest: OWN, oldest: OWN, middle: OWN }, args: ["-rA"], quickIn: ["newest", "oldest"] },
  ...WITH.map(([plugin, version, args]) => ({
    name: `${OWN}+${plugin}`,
    versions: { newest: version },
    packages: [`${plugin}==${version}`],
    args: ["-rA", ...args],
    isOwn: true,
  })),
];
