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
  "package.json": `${JSON.stringify({ type: "module", scripts: { test: "make test", named: "mkfifo p", apart: "unshare true" }, devDependencies: { "@typescript/native": "*", postject: "*" } }, null, 2)}\n`,
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
      target: "src/core/base/two.ts",
      exports: "export const two = 2;\n",
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
    {
      check: "check-layers",
      file: "src/core/base/one.ts",
      content: 'import "node:fs";\n\nexport const one = 1;\n',
      says: /core-is-pure/,
    },
    {
      check: "check-layers",
      file: "web/src/planted.ts",
      content: 'import type { Two } from "../../src/out/report/two.ts";\n\nexport type Planted = Two;\n',
      target: "src/out/report/two.ts",
      says: /web-knows-core-only/,
    },
    ...[
      { from: "core/base", to: "core/model", rule: /base-stands-alone/ },
      { from: "core/model", to: "in/wire", rule: /model-knows-base-only/ },
      { from: "core/ledger/run", to: "core/verdicts", rule: /core-siblings-are-strangers/ },
      { from: "core/verdicts", to: "core/report", rule: /core-siblings-are-strangers/ },
      { from: "core/ledger/run", to: "core/ledger/server", rule: /ledgers-are-strangers/ },
      { from: "core/report", to: "in/wire", rule: /report-is-the-top-of-core/ },
      { from: "files", to: "core/model", rule: /files-know-base-only/ },
      { from: "in/wire", to: "out/report", rule: /in-knows-the-model-only/ },
      { from: "in/wire", to: "in/sources", rule: /in-formats-are-strangers/ },
      { from: "out/report", to: "core/ledger", rule: /out-knows-the-model-only/ },
      { from: "out/report", to: "out/live", rule: /out-siblings-are-strangers/ },
      { from: "out/report", to: "commands", rule: /commands-are-the-top/ },
      { from: "commands", to: "../web/src/model", rule: /nothing-knows-web/ },
    ].map(({ from, to, rule }) => ({
      check: "check-layers",
      file: `src/${from}/planted.ts`,
      content: `import type { Two } from "/${to}/two.ts";\n\nexport type Planted = Two;\n`,
      target: `src/${to}/two.ts`,
      says: rule,
    })),
  ];
  for (const { check, file, content, says, ...rest } of cases) {
    test(`${check}: ${says.source}`, () => {
      const exported = "exports" in rest ? rest.exports : "export type Two = 2;\n";
      const target = "target" in rest ? { [rest.target]: exported } : {};
      const rooms = check === "check-layers" ? FURNISHED : {};
      const { status, output } = run(check, { ...SOUND, ...rooms, ...target, [file]: relativeImports(file, content) });
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

test("layers: what reads a source may use the formats", () => {
  const files = {
    ...SOUND,
    ...FURNISHED,
    "src/in/sources/a.ts": 'import type { Two } from "../wire/two.ts";\n\nexport type A = Two;\n',
    "src/in/wire/two.ts": "export type Two = 2;\n",
  };
  const { status, output } = run("check-layers", files);
  assert.equal(status, 0, output);
});

/** Turns an import of `/x` into one of `src/x`, relative to the file that has it. */
function relativeImports(file: string, content: string): string {
  const up = "../".repeat(file.split("/").length - 2);
  return content.replaceAll('"/', `"${up}`);
}

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
