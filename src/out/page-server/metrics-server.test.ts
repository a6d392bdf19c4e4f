import assert from "node:assert/strict";
import { test } from "node:test";
import { openMetricsServer } from "./metrics-server.ts";

const SCRAPED = { contentType: "text/plain; version=0.0.4", text: "up 1\n" };

async function statusOf(path: string, headers: Record<string, string>, token: string | null = null): Promise<number> {
  await using server = await openMetricsServer(() => SCRAPED, { address: "127.0.0.1", port: 0, token });
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { headers });
  const text = await response.text();
  if (response.status === 200 && path === "/metrics") {
    assert.equal(text, SCRAPED.text);
    assert.equal(response.headers.get("content-type"), SCRAPED.contentType);
  }
  return response.status;
}

test("metrics are given to who asks this machine under its own name, and to no page", async () => {
  assert.equal(await statusOf("/metrics", {}), 200);
  assert.equal(await statusOf("/metrics", { Origin: "http://evil.example" }), 403);
  assert.equal(await statusOf("/", {}), 200);
  assert.equal(await statusOf("/other", {}), 404);
});

test("with a token, only who sends it is given any", async () => {
  assert.equal(await statusOf("/metrics", {}, "secret"), 401);
  assert.equal(await statusOf("/metrics", { Authorization: "Bearer other" }, "secret"), 401);
  assert.equal(await statusOf("/metrics", { Authorization: "Bearer secret" }, "secret"), 200);
});

test("a loopback server answers under no other name; one that others may reach does", async () => {
  const ask = async (address: string) => {
    await using server = await openMetricsServer(() => SCRAPED, { address, port: 0, token: null });
    const { request } = await import("node:http");
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    const options = { port: server.port, host: "127.0.0.1", path: "/metrics", headers: { Host: "board-7:9464" } };
    request(options, (response) => resolve(response.resume().statusCode)).end();
    return await promise;
  };
  assert.equal(await ask("127.0.0.1"), 403);
  assert.equal(await ask("0.0.0.0"), 200);
});
