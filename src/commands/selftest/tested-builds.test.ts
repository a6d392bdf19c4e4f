import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { forgetBuild, rememberBuild, type TestedBuild } from "./tested-builds.ts";

const home = mkdtempSync(join(tmpdir(), "tt-memwatch-builds-"));
after(() => rmSync(home, { recursive: true }));

const BUILD: TestedBuild = { build: "gnu:aa", ttnn: "0.99.0", tracer: "0.1.0", testedAt: "2026-01-01T00:00:00.000Z" };

function place(): { readonly env: NodeJS.ProcessEnv; readonly file: string } {
  const folder = mkdtempSync(join(home, "d-"));
  return { env: { XDG_DATA_HOME: folder }, file: join(folder, "tt-memwatch", "tested-builds.json") };
}

function buildsIn(file: string): readonly string[] {
  return JSON.parse(readFileSync(file, "utf8")).builds.map(({ build }: TestedBuild) => build);
}

test("a build is remembered once, in a file that only its user reads, and forgotten", () => {
  const { env, file } = place();
  assert.deepEqual(rememberBuild(BUILD, env), { isChanged: true, path: file, warning: "" });
  rememberBuild({ ...BUILD, build: "gnu:bb" }, env);
  rememberBuild({ ...BUILD, tracer: "0.2.0" }, env);
  assert.deepEqual(buildsIn(file), ["gnu:bb", "gnu:aa"]);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(forgetBuild("gnu:aa", env).isChanged, true);
  assert.deepEqual(buildsIn(file), ["gnu:bb"]);
});

test("forgetting what is not remembered writes nothing", () => {
  const { env, file } = place();
  assert.deepEqual(forgetBuild("gnu:aa", env), { isChanged: false, path: file, warning: "" });
  assert.throws(() => statSync(file), /ENOENT/);
});

test("without the variable, or with a relative path, the file is in the home", () => {
  for (const XDG_DATA_HOME of [undefined, "", "data"]) {
    const { path } = forgetBuild("gnu:aa", { XDG_DATA_HOME, HOME: "/home/me" });
    assert.equal(path, "/home/me/.local/share/tt-memwatch/tested-builds.json");
  }
});

for (const text of [
  "",
  "no JSON",
  "[]",
  '{"schema":"other","builds":[]}',
  '{"schema":"urn:tt-memwatch:tested-builds:1"}',
]) {
  test(`another file is reported and written anew: ${JSON.stringify(text)}`, () => {
    const { env, file } = place();
    mkdirSync(dirname(file));
    writeFileSync(file, text);
    const { isChanged, warning } = rememberBuild(BUILD, env);
    assert.deepEqual([isChanged, warning], [true, `${file} is not a list of tested builds and was ignored`]);
    assert.deepEqual(buildsIn(file), ["gnu:aa"]);
  });
}

test("a place where no folder can be made is a warning", () => {
  const { env } = place();
  writeFileSync(join(env.XDG_DATA_HOME ?? "", "tt-memwatch"), "a file");
  assert.match(rememberBuild(BUILD, env).warning, /cannot be written: ENOTDIR|EEXIST/);
});
