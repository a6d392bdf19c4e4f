import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ownFile } from "../files/own-files.ts";
import { engineVersion } from "./engine-version.ts";
import { versionsText } from "./versions.ts";

test("versions: all parts have the same", () => {
  const versions = [...versionsText().matchAll(/^ {2}(engine|plugin|tracer) +(\S+)/gm)].map((match) => match[2]);
  assert.deepEqual(versions, Array(3).fill(engineVersion()));
  const bootstrap = `clients/pytest/bootstrap/tt_memwatch_bootstrap-${engineVersion()}.dist-info/METADATA`;
  assert.match(readFileSync(ownFile(bootstrap), "utf8"), new RegExp(`^Version: ${engineVersion()}$`, "m"));
});

test("versions: Node and its place are reported", () => {
  assert.ok(versionsText().includes(`  node    ${process.versions.node} (${process.execPath})`));
});
