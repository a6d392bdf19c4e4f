import type { Suite } from "./suites.ts";

/** In place of a version: a folder of ours. */
export const OWN = "own";

/** Plugins that change how tests run or are reported, with what turns that on; each is loaded in our own suite. */
const WITH: readonly (readonly [plugin: string, versions: Suite["versions"], args: readonly string[]])[] = [
  ["pytest-randomly", { newest: "5.1.0" }, ["-p", "randomly", "-p", "no:cacheprovider", "--randomly-seed=7"]],
  ["pytest-random-order", { newest: "1.2.0" }, ["--random-order", "--random-order-seed=7"]],
  ["pytest-reverse", { newest: "1.9.0" }, ["--reverse"]],
  ["pytest-split", { newest: "0.11.0" }, ["--splits=2", "--group=1"]],
  ["pytest-rerunfailures", { newest: "16.7" }, ["--reruns=2"]],
  ["flaky", { newest: "3.8.1", oldest: "3.8.1" }, ["--force-flaky", "--max-runs=3"]],
  ["pytest-repeat", { newest: "0.9.4", oldest: "0.9.4" }, ["--count=2"]],
  ["pytest-flakefinder", { newest: "1.1.0" }, ["--flake-finder", "--flake-runs=2"]],
  ["pytest-forked", { newest: "1.7.5", oldest: "1.6.0" }, ["--forked"]],
  ["pytest-timeout", { newest: "2.4.0", oldest: "2.4.0" }, ["--timeout=600"]],
  ["pytest-cov", { newest: "7.1.0" }, ["--cov=.", "--cov-branch"]],
  ["allure-pytest", { newest: "2.16.2" }, ["--alluredir=allure"]],
  ["pytest-bdd", { newest: "9.0.1" }, ["--gherkin-terminal-reporter", "-v"]],
  ["pytest-html", { newest: "4.2.0" }, ["--html=report.html", "--self-contained-html"]],
  ["pytest-json-report", { newest: "1.5.0" }, ["--json-report", "--json-report-file=report.json"]],
  ["pytest-reportlog", { newest: "1.0.0" }, ["--report-log=log.jsonl"]],
  ["pytest-sugar", { newest: "1.1.1" }, ["--force-sugar"]],
  ["pytest-instafail", { newest: "0.5.0" }, ["--instafail"]],
  ["pytest-clarity", { newest: "1.0.1" }, ["-vv"]],
  ["pytest-benchmark", { newest: "5.3.1" }, []],
  ["pytest-asyncio", { newest: "1.5.0" }, ["--asyncio-mode=auto"]],
  ["anyio", { newest: "4.16.0" }, []],
  ["pytest-trio", { newest: "0.8.0" }, []],
  ["pytest-twisted", { newest: "1.14.3" }, []],
  ["pytest-django", { newest: "4.14.0" }, []],
  ["pytest-memray", { newest: "1.11.0" }, ["--memray"]],
  ["pytest-cases", { newest: "3.10.1" }, []],
  ["pytest-harvest", { newest: "1.10.5" }, []],
];

export const OWN_SUITES: readonly Suite[] = [
  { name: OWN, versions: { newest: OWN, oldest: OWN, middle: OWN }, args: ["-rA"], quickIn: ["newest", "oldest"] },
  ...WITH.map(([plugin, versions, args]) => ({
    name: `${OWN}+${plugin}`,
    versions,
    args: ["-rA", ...args],
    isOwn: true,
  })),
];
