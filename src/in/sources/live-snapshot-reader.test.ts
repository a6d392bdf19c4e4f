import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { liveSnapshot } from "../../../fixtures/live/snapshots.ts";
import { JUDGED_SOON } from "../../core/model/live-snapshot.ts";
import { LiveReader } from "./live-snapshot-reader.ts";
import { makeLiveFolder } from "./live-socket-folder.ts";

/** A place, and programs in it that say this to who connects, and then end if they are to. */
async function placeWith(t: TestContext, ...texts: readonly { readonly text: string; readonly ends: boolean }[]) {
  const place = mkdtempSync(join(tmpdir(), "live-"));
  const servers: Server[] = [];
  for (const { text, ends } of texts) {
    const server = createServer((socket) => (ends ? socket.end(text) : socket.write(text)));
    servers.push(server.listen(makeLiveFolder(place).socket));
    await once(server, "listening");
  }
  t.after(() => {
    for (const server of servers) server.close();
    rmSync(place, { recursive: true });
  });
  return place;
}

/** What all of them report until each that was there at the beginning has reported. */
async function readAll(t: TestContext, place: string) {
  const told: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const reader = new LiveReader(place, {
    onSnapshot: (_, { atMs }) => told.push(`snapshot ${atMs}`),
    onEnd: (_, problem) => told.push(problem ?? "ended"),
    onFirst: resolve,
  });
  t.after(() => reader[Symbol.dispose]());
  await promise;
  return told;
}

const LINE = `${JSON.stringify(liveSnapshot({ atMs: 7 }))}\n`;

test("where nobody is, that is known at once", async (t) => {
  assert.deepEqual(await readAll(t, await placeWith(t)), []);
});

test("what programs tell is read, and that they end", async (t) => {
  const place = await placeWith(t, { text: LINE, ends: false }, { text: LINE, ends: true });
  assert.deepEqual((await readAll(t, place)).slice(0, 2), ["snapshot 7", "snapshot 7"]);
});

test("one that judges because it was asked is waited for", async (t) => {
  const causes = { judgedAtMs: null, reason: JUDGED_SOON, findings: 0, failing: 0, known: 0, verdicts: [], list: [] };
  const unjudged = `${JSON.stringify(liveSnapshot({ atMs: 6, causes }))}\n`;
  const judged = await placeWith(t, { text: `${unjudged}${LINE}`, ends: false });
  assert.deepEqual(await readAll(t, judged), ["snapshot 6", "snapshot 7"]);
  assert.deepEqual(await readAll(t, await placeWith(t, { text: unjudged, ends: true })), ["snapshot 6", "ended"]);
});

test("one that cannot be understood is left with the reason, and costs nothing else", async (t) => {
  const place = await placeWith(
    t,
    { text: '{"schema":"urn:tt-memwatch:live:9"}\n', ends: false },
    { text: LINE, ends: false },
  );
  const told = await readAll(t, place);
  assert.ok(told.includes("snapshot 7"));
  assert.ok(
    told.some((text) => /live:9.*want urn:tt-memwatch:live:1/.test(text)),
    `${told}`,
  );
});

test("one that tells nothing, because it is stopped, is not waited for", { timeout: 20_000 }, async (t) => {
  const place = await placeWith(t, { text: "", ends: false }, { text: LINE, ends: false });
  assert.deepEqual(await readAll(t, place), ["snapshot 7"]);
});
