import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lockProblems } from "./check-lock.ts";

const root = { "": {} };

describe("a platform's binary", () => {
  const tool = { optionalDependencies: { "tool-linux": "1" } };
  for (const { name, packages, problems } of [
    { name: "that is missing is a problem", packages: {}, problems: 1 },
    { name: "may lie beside the tool", packages: { "node_modules/tool-linux": {} }, problems: 0 },
    { name: "may lie inside the tool", packages: { "node_modules/tool/node_modules/tool-linux": {} }, problems: 0 },
    { name: "does not count inside another", packages: { "node_modules/b/node_modules/tool-linux": {} }, problems: 1 },
  ]) {
    test(name, () =>
      assert.equal(lockProblems({ packages: { ...root, "node_modules/tool": tool, ...packages } }).length, problems),
    );
  }
});

test("saying where a package was downloaded from is a problem", () => {
  const packages = { ...root, "node_modules/a": { resolved: "https://registry.example/a.tgz" } };
  assert.equal(lockProblems({ packages }).length, 1);
});

test("a lock that names no package is a problem", () => {
  assert.equal(lockProblems({ packages: root }).length, 1);
});
