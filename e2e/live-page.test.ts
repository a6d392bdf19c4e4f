import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, type TestContext, test } from "node:test";
import type { Browser } from "playwright-core";
import { z } from "zod";
import { finding, runReport, testReport } from "../fixtures/report/builders.ts";
import type { PageSource, SnapshotSource } from "../src/out/page-server/page-app.ts";
import { PageServer } from "../src/out/page-server/page-server.ts";
import { pageDocument } from "../src/out/report/html/page.ts";
import { NO_EXTRAS, pageData } from "../src/out/report/html/page-data.ts";
import { launchBrowser, NO_CHROMIUM, openPage } from "./browser.ts";
import { makeFolder, makeSuite, NEWEST, PROGRAM, programOf, Running } from "./run-harness.ts";
import { allocation, FRAME_BYTES, frame, MessageType } from "./serve-client.ts";
import { serve } from "./serve-program.ts";

const NOTHING_LIVE: SnapshotSource = { schema: z.null(), take: () => null, now: () => null };

describe("the page that is served", { skip: NO_CHROMIUM }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launchBrowser();
  });
  after(async () => browser?.close());

  test("shows a run from its first test to its findings, and only to who has its whole address", async (t) => {
    const gate = join(makeFolder(), "go");
    const waits = `import os, time\n\nKEPT = []\n\ndef test_leak(tensor):\n    KEPT.append(tensor())\n\ndef test_waits(tensor):\n    while not os.path.exists(${JSON.stringify(gate)}):\n        time.sleep(0.02)\n`;
    const cwd = makeSuite({ "test_live.py": waits });
    const recording = join(makeFolder(), "run.mcap");
    const run = new Running(["--ui", "--record", recording], [programOf(NEWEST, "pytest"), "-q"], { cwd });
    t.after(() => run.child.kill("SIGKILL"));
    const [address = ""] = await run.warns(/http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\//);
    const { page, requests, problems } = await openPage(browser, address);
    await page.waitForSelector("h1:has-text('1 of 2 tests have ended')");
    assert.match(await page.innerText(".pulse"), /live/);
    await page.waitForSelector(".now:has-text('test_live.py::test_waits')");
    assert.match(await page.innerText(".now"), /DRAM of device 0\s+24\.0 KB of \d/);
    await page.waitForSelector(".cause");
    assert.match(await page.innerText(".cause"), /suspect[\s\S]*24\.0 KB[\s\S]*test_live\.py:6|conftest/);
    assert.match(await page.innerText("#view"), /24\.0 KB in 1 buffer/);
    await page.waitForSelector("output:has-text('test_live.py::test_waits')");

    const { port, pathname } = new URL(address);
    const host = `127.0.0.1:${port}`;
    assert.equal(await statusOf(port, `${pathname}api/v1/page`, { host }), 200);
    assert.equal(await statusOf(port, `/${"x".repeat(22)}/api/v1/page`, { host }), 404);
    assert.equal(await statusOf(port, `${pathname}api/v1/page`, { host: `evil.example:${port}` }), 403);
    assert.equal(await statusOf(port, `${pathname}events`, { host, origin: "http://evil.example" }), 403);

    writeFileSync(gate, "");
    await page.waitForSelector(".pulse:has-text('ended')");
    assert.equal(await page.locator(".now").count(), 0);
    assert.match(await page.innerText("h1"), /1 finding fails/);
    await page.keyboard.press("3");
    assert.match(await page.innerText("#view"), /test_leak[\s\S]*24\.0 KB[\s\S]*test_waits/);
    assert.ok(requests.every((url) => url.startsWith(address)));
    assert.deepEqual(problems, []);
    await run.warns(/the page stays until you press Ctrl-C/);
    run.child.kill("SIGINT");
    const { exitCode, stdout } = await run.end();
    assert.equal(exitCode, 1);
    assert.match(stdout, /1 suspect \(failing\)/);
    await page.context().close();
    await showsRecording(t, recording);
  });

  /** The same findings, and the same exit code. */
  async function showsRecording(t: TestContext, file: string): Promise<void> {
    const replay = spawn(PROGRAM, ["replay", "--quiet", "--ui=0", file], { stdio: ["ignore", "ignore", "pipe"] });
    t.after(() => replay.kill("SIGKILL"));
    const exited = once(replay, "exit");
    const [address, stays] = [Promise.withResolvers<string>(), Promise.withResolvers<void>()];
    createInterface(replay.stderr).on("line", (line) => {
      const [found] = /http:\S+/.exec(line) ?? [];
      if (found !== undefined) address.resolve(found);
      if (line.includes("stays until")) stays.resolve();
    });
    const { page, problems } = await openPage(browser, await address.promise);
    await page.waitForSelector(".pulse.ended");
    assert.match(await page.innerText(".pulse"), /recording run\.mcap$/);
    assert.match(await page.innerText("h1"), /1 finding fails/);
    await page.keyboard.press("3");
    assert.match(await page.innerText("#view"), /test_leak[\s\S]*24\.0 KB[\s\S]*test_waits/);
    assert.deepEqual(problems, []);
    await stays.promise;
    replay.kill("SIGINT");
    assert.deepEqual(await exited, [1, null]);
    await page.context().close();
  }

  test("shows what an allocation server has on its books, as it comes and goes", async (t) => {
    const serving = await serve(["--ui", "--quiet"]);
    t.after(() => serving.stop());
    const [address = ""] = await serving.sees(/http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\//);
    const { page, problems } = await openPage(browser, address);
    await page.waitForSelector("h1:has-text('0 buffers live')");
    const client = await serving.connect();
    await client.send(allocation(0x1000, { size: 4096n }));
    await page.waitForSelector("h1:has-text('1 buffer live, 4.0 KB')");
    assert.match(await page.innerText("#view"), /4\.0 KB in 1 buffer/);
    assert.match(await page.innerText(".timeline"), /known only from looks/);
    await client.send(frame(FRAME_BYTES, { type: MessageType.free, pid: process.pid, id: 0x1000n }));
    await page.waitForSelector("h1:has-text('0 buffers live')");
    client.close();
    assert.deepEqual(problems, []);
    await page.context().close();
  });

  test("says that the server is gone, shows what it had, and goes on when the server is there again", async () => {
    const first = await PageServer.open(sourceOf("one"), NOTHING_LIVE, 0, "token");
    const port = Number(new URL(first.address).port);
    const { page } = await openPage(browser, first.address);
    await page.waitForSelector(".pulse.live");
    await first[Symbol.asyncDispose]();
    await page.waitForSelector(".pulse.lost");
    assert.match(await page.innerText(".cause"), /held by\s+one/);
    await using _ = await PageServer.open(sourceOf("two"), NOTHING_LIVE, port, "token");
    await page.waitForSelector(".cause code:has-text('two')");
    assert.match(await page.innerText(".pulse"), /live/);
    await page.context().close();
  });
});

test("a port that another program has is reported before the command starts", async () => {
  await using server = await PageServer.open(sourceOf("one"), NOTHING_LIVE, 0);
  const { port } = new URL(server.address);
  const { exitCode, stdout, stderr } = await new Running([`--ui=${port}`], ["echo", "started"], {
    cwd: makeFolder(),
  }).end();
  assert.deepEqual([exitCode, stdout], [2, ""]);
  assert.match(stderr, new RegExp(`--ui cannot have port ${port}: another program has it`));
});

function sourceOf(holder: string): PageSource {
  const report = runReport({ tests: [testReport("a")], findings: [finding({ test: "a", holders: [holder] })] });
  return {
    document: pageDocument("a run", null),
    refresh: () => ({ version: 1, isLast: false }),
    data: () => JSON.stringify(pageData(report, NO_EXTRAS)),
  };
}

function statusOf(port: string, path: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const request = get({ host: "127.0.0.1", port, path, headers }, (response) => {
    response.destroy();
    resolve(response.statusCode);
  });
  request.on("error", reject);
  return promise;
}
