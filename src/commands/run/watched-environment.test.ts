import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type PluginOptions, runEnvironment } from "./watched-environment.ts";

const NO_OPTIONS: PluginOptions = {
  clear: null,
  limits: {},
  confirm: null,
  warmUp: null,
  isExplained: false,
  looksAtHost: true,
};

test("pytest finds the bootstrap in a folder that has it, and is told where the plugin and the engine are", () => {
  const env = runEnvironment({}, "/run/x/plugin.sock", NO_OPTIONS, null);
  assert.equal(env.PYTEST_PLUGINS, undefined);
  const [folder = ""] = (env.PYTHONPATH ?? "").split(":");
  const information = join(folder, "tt_memwatch_bootstrap-0.1.0.dist-info");
  assert.match(readFileSync(join(information, "entry_points.txt"), "utf8"), /= tt_memwatch_bootstrap$/m);
  assert.ok(existsSync(join(folder, "tt_memwatch_bootstrap.py")));
  assert.ok(existsSync(join(env.TT_MEMWATCH_PLUGIN_PATH ?? "", "tt_memwatch", "plugin.py")));
  assert.equal(env.TT_MEMWATCH_SOCKET, "/run/x/plugin.sock");
});

test("where entry points are switched off, pytest is told to load the bootstrap", () => {
  const theirs = { PYTEST_DISABLE_PLUGIN_AUTOLOAD: "1", PYTEST_PLUGINS: "a,b" };
  assert.equal(runEnvironment(theirs, "/s", NO_OPTIONS, null).PYTEST_PLUGINS, "a,b,tt_memwatch_bootstrap");
});

test("what the user has stays, and comes first", () => {
  const theirs = { HOME: "/home/me", PYTEST_PLUGINS: "a,b", PYTHONPATH: "/a:/b", TOX_OVERRIDE: "testenv.x=1" };
  const env = runEnvironment(theirs, "/s", NO_OPTIONS, null);
  assert.equal(env.HOME, "/home/me");
  assert.equal(env.PYTEST_PLUGINS, "a,b");
  assert.match(env.PYTHONPATH ?? "", /^\/a:\/b:.*bootstrap:/);
  assert.match(env.TOX_OVERRIDE ?? "", /^testenv\.x=1;.*PYTEST_PLUGINS/);
});

test("an empty variable of the user's is as good as none", () => {
  const theirs = { PYTEST_DISABLE_PLUGIN_AUTOLOAD: "1", PYTEST_PLUGINS: "", PYTHONPATH: "" };
  const env = runEnvironment(theirs, "/s", NO_OPTIONS, null);
  assert.equal(env.PYTEST_PLUGINS, "tt_memwatch_bootstrap");
  assert.doesNotMatch(env.PYTHONPATH ?? "", /^:|::|:$/);
});

test("what the flags say replaces the variables of the environment; what they do not say stays", () => {
  const options = {
    clear: "growth",
    limits: { TT_MEMWATCH_LIMIT: 0, TT_MEMWATCH_L1_SMALL: 160 },
    confirm: 3,
    warmUp: 1,
    isExplained: true,
    looksAtHost: false,
  } as const;
  const env = runEnvironment({ TT_MEMWATCH_CLEAR: "never", TT_MEMWATCH_DRAM: "1 KB" }, "/s", options, null);
  assert.equal(env.TT_MEMWATCH_CLEAR, "growth");
  assert.equal(env.TT_MEMWATCH_CONFIRM, "3");
  assert.equal(env.TT_MEMWATCH_WARM_UP, "1");
  assert.equal(env.TT_MEMWATCH_EXPLAIN, "yes");
  assert.equal(env.TT_MEMWATCH_HOST, "off");
  assert.equal(env.TT_MEMWATCH_LIMIT, "0");
  assert.equal(env.TT_MEMWATCH_L1_SMALL, "160");
  assert.equal(env.TT_MEMWATCH_DRAM, "1 KB");
});

test("what a variable says of the host's memory stays where no flag is given", () => {
  assert.equal(runEnvironment({ TT_MEMWATCH_HOST: "off" }, "/s", NO_OPTIONS, null).TT_MEMWATCH_HOST, "off");
  assert.equal(runEnvironment({}, "/s", NO_OPTIONS, null).TT_MEMWATCH_HOST, undefined);
});

test("the tracer's variables and folders are there where something is to be traced, and only there", () => {
  const env = runEnvironment({}, "/s", NO_OPTIONS, { folder: "/dev/shm/x", mode: "force", stackFrames: 3 });
  assert.equal(env.TT_MEMWATCH_TRACER, "force");
  assert.equal(env.TT_MEMWATCH_TRACER_DIR, "/dev/shm/x");
  assert.equal(env.TT_MEMWATCH_TRACER_STACKS, "3");
  const [, bootstrap = "", python = ""] = (env.PYTHONPATH ?? "").split(":");
  assert.ok(existsSync(join(bootstrap, "sitecustomize.py")));
  assert.ok(existsSync(join(python, "tt_memwatch_tracer", "__init__.py")));
  const off = runEnvironment({}, "/s", NO_OPTIONS, null);
  assert.deepEqual([off.TT_MEMWATCH_TRACER, off.TT_MEMWATCH_TRACER_DIR], ["off", undefined]);
  assert.doesNotMatch(off.PYTHONPATH ?? "", /native\/bootstrap/);
});

test("the native part is there for the plugin also where nothing is traced", () => {
  const env = runEnvironment({}, "/s", NO_OPTIONS, null);
  assert.match(env.TT_MEMWATCH_TRACER_LIBRARY ?? "", /libtt_memwatch_tracer\.so$/);
  assert.ok((env.PYTHONPATH ?? "").split(":").some((folder) => existsSync(join(folder, "tt_memwatch_tracer"))));
});
