import assert from "node:assert/strict";
import { test } from "node:test";
import { openMetricsServer } from "./metrics-server.ts";

const SCRAPED = { contentType: "text/plain; version=0.0.4", text: "up 1\n" };

async function statusOf(address: string, path: string, headers: Record<string, string>): Promise<number> {
  await using server = await openMetricsServer(() => SCRAPED, { address, port: 0 });
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { headers });
  const text = await response.text();
  if (response.status === 200 && path === "/metrics") {
    assert.equal(text, SCRAPED.text);
    assert.equal(response.headers.get("content-type"), SCRAPED.contentType);
  }
  return response.status;
}

test("metrics are given to who asks this machine under its own name, and to no page", async () => {
  assert.equal(await statusOf("127.0.0.1", "/metrics", {}), 200);
  assert.equal(await statusOf("127.0.0.1", "/metrics", { Origin: "http://evil.example" }), 403);
  assert.equal(await statusOf("127.0.0.1", "/", {}), 200);
  assert.equal(await statusOf("127.0.0.1", "/other", {}), 404);
});

test("a loopback server answers under no other name; one that others may reach does", async () => {
  const ask = async (address: string) => {
    await using server = await openMetricsServer(() => SCRAPED, { address, port: 0 });
    const { request } = await import("node:http");
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    const options = { port: server.port, host: "127.0.0.1", path: "/metrics", headers: { Host: "board-7:9464" } };
    request(options, (response) => resolve(response.resume().statusCode)).end();
    return await promise;
  };
  assert.equal(await ask("127.0.0.1"), 403);
  assert.equal(await ask("0.0.0.0"), 200);
});
