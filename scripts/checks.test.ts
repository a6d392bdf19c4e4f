import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const CLONE = fileURLToPath(new URL("..", import.meta.url));
const CONFIGURATION = [
  ".gitignore",
  "package.json",
  "tsconfig.json",
  "biome.json",
  ".knip.json",
  ".knip.production.json",
  ".dependency-cruiser.mjs",
  ".clang-format",
  ".clang-tidy",
  "Makefile",
];

/** What the smallest project without a problem consists of. */
const SOUND = {
  "src/main.ts": 'import { one } from "./core/base/one.ts";\n\nprocess.exitCode = one;\n',
  "src/core/base/one.ts": "export const one = 1;\n",
  "src/main.test.ts": 'import "node:test";\n',
  "scripts/run.ts": 'import "node:fs";\n',
  "bench/one/run.ts": 'import "node:fs";\n',
  "e2e/chaos/run.ts": 'import "node:fs";\n',
  "packaging/main.ts": 'import "node:fs";\n',
  "web/src/main.tsx": "document.title = String(1);\n",
  "web/tsconfig.json":
    '{ "extends": "../tsconfig.json", "compilerOptions": { "lib": ["dom"], "types": [] }, "include": ["src"] }\n',
  "package.json": `${JSON.stringify({ type: "module", scripts: { test: "make test", named: "mkfifo p", apart: "unshare true", net: "ip link", rules: "promtool check rules" }, devDependencies: { "@typescript/native": "*", postject: "*", speedscope: "*" } }, null, 2)}\n`,
};

/** A module in each room, without which a rule of the layer table is about nothing. */
const FURNISHED = Object.fromEntries(
  ["core/model", "core/ledger/run", "core/verdicts", "core/report", "files", "in/wire", "out/live", "commands/run"].map(
    (room) => [`src/${room}/three.ts`, "export type Three = 3;\n"],
  ),
);

const temporary = mkdtempSync(join(tmpdir(), "tt-memwatch-checks-"));
after(() => rmSync(temporary, { recursive: true }));

describe("a check fails on a planted violation, and names it", () => {
  const cases = [
    { check: "check-format", file: "src/main.ts", content: "process.exitCode   = 1\n", says: /src\/main\.ts/ },
    {
      check: "check-format",
      file: "src/main.ts",
      content: "const x: any = 1;\nprocess.exitCode = x;\n",
      says: /noExplicitAny/,
    },
    { check: "check-types", file: "src/main.ts", content: "process.exitCode = {};\n", says: /src\/main\.ts/ },
    { check: "check-types", file: "web/src/main.tsx", content: "document.title = 1;\n", says: /web\/src\/main\.tsx/ },
    { check: "check-unused", file: "src/core/base/two.ts", content: "export const two = 2;\n", says: /two\.ts/ },
    {
      check: "check-unused",
      file: "src/core/base/two.test.ts",
      content: 'import { two } from "./two.ts";\n\nprocess.exitCode = two;\n',
      others: { "src/core/base/two.ts": "export const two = 2;\n" },
      says: /two\.ts/,
    },
    { check: "check-cpp", file: "clients/native/src/a.cpp", content: "int one()  { return 1; }\n", says: /a\.cpp/ },
    { check: "check-cpp", file: "e2e/chaos/a.c", content: "int two(void)  { return 2; }\n", says: /a\.c/ },
    {
      check: "check-cpp",
      file: "clients/native/src/a.cpp",
      content: "int* none() { return 0; }\n",
      says: /modernize-use-nullptr/,
    },
  ];
  for (const { check, file, content, says, others } of cases) {
    test(`${check}: ${says.source}`, () => {
      const { status, output } = run(check, { ...SOUND, ...others, [file]: content });
      assert.notEqual(status, 0);
      assert.match(output, says);
    });
  }
});

describe("a check passes on a sound project and fails where it has nothing to look at", () => {
  for (const check of ["check-types", "check-unused", "check-layers"]) {
    test(check, () => {
      const sound = run(check, check === "check-layers" ? { ...SOUND, ...FURNISHED } : SOUND);
      assert.equal(sound.status, 0, sound.output);
      assert.notEqual(run(check, {}).status, 0);
    });
  }
  test("check-cpp", () => {
    const sound = run("check-cpp", {
      "clients/native/src/a.cpp": "int one() { return 1; }\n",
      "e2e/chaos/a.c": "int two(void) { return 2; }\n",
    });
    assert.equal(sound.status, 0, sound.output);
    assert.notEqual(run("check-cpp", {}).status, 0);
  });
  test("check-format", () => {
    const sound = run("check-format", SOUND);
    assert.equal(sound.status, 0, sound.output);
  });
});

test("layers: a rule about a folder that is not there fails", () => {
  const files = Object.fromEntries(
    Object.entries({ ...SOUND, ...FURNISHED }).filter(([name]) => !name.startsWith("src/files/")),
  );
  const { status, output } = run("check-layers", files);
  assert.notEqual(status, 0);
  assert.match(output, /no module for files-know-base-only/);
});

test("layers: each import that a rule forbids is named with its rule, and no other", () => {
  const planted = [
    { from: "src/core/base", to: "src/core/model", rules: ["base-stands-alone"] },
    { from: "src/core/model", to: "src/in/wire", rules: ["model-knows-base-only"] },
    { from: "src/core/ledger/run", to: "src/core/verdicts", rules: ["core-siblings-are-strangers"] },
    { from: "src/core/verdicts", to: "src/core/report", rules: ["core-siblings-are-strangers"] },
    { from: "src/core/ledger/run", to: "src/core/ledger/server", rules: ["ledgers-are-strangers"] },
    { from: "src/core/report", to: "src/in/wire", rules: ["report-is-the-top-of-core"] },
    { from: "src/files", to: "src/core/model", rules: ["files-know-base-only"] },
    { from: "src/in/wire", to: "src/out/report", rules: ["in-knows-the-model-only"] },
    { from: "src/in/wire", to: "src/in/sources", rules: ["in-formats-are-strangers"] },
    { from: "src/out/report", to: "src/core/ledger", rules: ["out-knows-the-model-only"] },
    { from: "src/out/report", to: "src/out/live", rules: ["out-siblings-are-strangers"] },
    { from: "src/out/report", to: "src/commands", rules: ["commands-are-the-top", "out-knows-the-model-only"] },
    { from: "src/commands", to: "web/src/model", rules: ["nothing-knows-web"] },
    { from: "web/src", to: "src/out/report", rules: ["web-knows-core-only"] },
    // What reads a source may use the formats.
    { from: "src/in/sources", to: "src/in/wire", rules: [] },
  ];
  const files = planted.flatMap(({ from, to }, number) => [
    [`${to}/two.ts`, "export type Two = 2;\n"],
    [
      `${from}/planted-${number}.ts`,
      `import type { Two } from "${"../".repeat(from.split("/").length)}${to}/two.ts";\n\nexport type Planted = Two;\n`,
    ],
  ]);
  const impure = { "src/core/base/one.ts": 'import "node:fs";\n\nexport const one = 1;\n' };
  const { status, output } = run("check-layers", { ...SOUND, ...FURNISHED, ...Object.fromEntries(files), ...impure });
  assert.notEqual(status, 0);
  const named = [...output.matchAll(/^(\S+) -> (\S+): ([\w-]+)\./gm)].map(([, ...named]) => named.join(" "));
  const wanted = planted.flatMap(({ from, to, rules }, number) =>
    rules.map((rule) => `${from}/planted-${number}.ts ${to}/two.ts ${rule}`),
  );
  assert.deepEqual(named.toSorted(), [...wanted, "src/core/base/one.ts fs core-is-pure"].toSorted(), output);
});

function run(check: string, files: Readonly<Record<string, string>>): { status: number | null; output: string } {
  const project = mkdtempSync(join(temporary, "project-"));
  for (const name of CONFIGURATION) cpSync(join(CLONE, name), join(project, name));
  const linked = check === "check-cpp" ? ["node_modules", ".venv"] : ["node_modules"];
  for (const name of linked) symlinkSync(join(CLONE, name), join(project, name));
  if (check === "check-layers") {
    mkdirSync(join(project, "scripts"));
    cpSync(join(CLONE, "scripts/check-layers.ts"), join(project, "scripts/check-layers.ts"));
  }
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    writeFileSync(join(project, name), content);
  }
  spawnSync("git", ["init", "--quiet"], { cwd: project });
  const { status, stdout, stderr } = spawnSync("make", ["--no-print-directory", check], {
    cwd: project,
    encoding: "utf8",
  });
  return { status, output: stdout + stderr };
}
