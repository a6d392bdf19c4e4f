import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { z } from "zod";
import { ENVIRONMENT } from "./environment.ts";
import { CLONE } from "./run-harness.ts";
import { allocation } from "./serve-client.ts";
import { type Serving, serve } from "./serve-program.ts";

const PUBLISHED = join(CLONE, "docs", "openapi.json");
const NO_CURL = spawnSync("curl", ["--version"]).status === 0 ? false : "curl is not installed";

const Document = z.object({
  paths: z.record(
    z.string(),
    z.object({
      get: z.object({
        responses: z.record(z.string(), z.object({ content: z.record(z.string(), z.object({ schema: z.any() })) })),
      }),
    }),
  ),
});

let serving: Serving;
let address = "";
before(async () => {
  serving = await serve(["--ui"]);
  [address = ""] = await serving.sees(/http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\//);
  const client = await serving.connect();
  await client.send(allocation(0x1000));
  client.close();
});
after(async () => {
  await serving.stop();
});

async function ask(name: string): Promise<unknown> {
  const response = await fetch(`${address}api/v1/${name}`);
  assert.equal(response.status, 200, name);
  return response.json();
}

test("the published description is what is served", async () => {
  const text = `${JSON.stringify(await ask("openapi.json"), null, 2)}\n`;
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(PUBLISHED, text);
  assert.equal(text, readFileSync(PUBLISHED, "utf8"), "write it anew: UPDATE_GOLDEN=1");
});

test("answers are as described", async () => {
  const { paths } = Document.parse(await ask("openapi.json"));
  for (const name of ["page", "snapshot"]) {
    const schema = paths[`/{token}/api/v1/${name}`]?.get.responses["200"]?.content["application/json"]?.schema;
    const isAsDescribed = new Ajv2020({ strict: false }).compile(schema);
    assert.equal(isAsDescribed(await ask(name)), true, JSON.stringify(isAsDescribed.errors));
  }
});

test("the commands of docs/page.md print what it says", { skip: NO_CURL }, () => {
  const [, script = ""] = /```sh\n(page=.*?)```/s.exec(readFileSync(join(CLONE, "docs", "page.md"), "utf8")) ?? [];
  const commands = script.split("\n").filter((line) => line.startsWith("curl"));
  assert.ok(commands.length >= 3);
  for (const command of commands) {
    const { status, stdout } = spawnSync("sh", ["-c", command], {
      env: { ...ENVIRONMENT, page: address },
      encoding: "utf8",
    });
    assert.equal(status, command.includes("--max-time") ? 28 : 0, command);
    assert.match(stdout, /^(\{|event: )/, command);
  }
});
