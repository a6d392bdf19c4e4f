import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { type PageSource, pageApp, type SnapshotSource } from "./page-app.ts";

const TOKEN = "s3cret";
const HOST = "127.0.0.1:4242";

const SNAPSHOT: SnapshotSource = { schema: z.object({ atMs: z.number() }), take: () => ({ atMs: 7 }), now: () => null };

class Source implements PageSource {
  readonly document = { html: "<p>page", policy: "default-src 'none'" };
  version = 1;
  isLast = false;
  readShare: number | null = null;

  refresh() {
    const state = { version: this.version, isLast: this.isLast };
    return this.readShare === null ? state : { ...state, readShare: this.readShare };
  }

  data(): string {
    return `{"version":${this.version}}`;
  }
}

function serve(source: PageSource = new Source(), stopped = new AbortController().signal, now = SNAPSHOT.now) {
  const app = pageApp(source, { ...SNAPSHOT, now }, () => ({ token: TOKEN, hosts: [HOST, "localhost:4242"] }), stopped);
  return (path: string, headers: Readonly<Record<string, string>> = {}) =>
    app.request(path, { headers: { host: HOST, ...headers } });
}

test("who knows the token gets the page, its policy and its data", async () => {
  const ask = serve();
  const page = await ask(`/${TOKEN}/`);
  assert.equal(await page.text(), "<p>page");
  assert.equal(page.headers.get("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
  assert.equal(page.headers.get("cache-control"), "no-store");
  const data = await ask(`/${TOKEN}/api/v1/page`, { origin: `http://${HOST}` });
  assert.deepEqual(
    [data.headers.get("content-type"), await data.json()],
    ["application/json; charset=utf-8", { version: 1 }],
  );
});

test("who knows the token gets what is live, and a document that describes all paths", async () => {
  const ask = serve();
  assert.deepEqual(await (await ask(`/${TOKEN}/api/v1/snapshot`)).json(), { atMs: 7 });
  const document = await (await ask(`/${TOKEN}/api/v1/openapi.json`)).json();
  const { openapi, paths } = z.object({ openapi: z.string(), paths: z.looseObject({}) }).parse(document);
  assert.equal(openapi, "3.1.0");
  assert.deepEqual(
    Object.keys(paths),
    ["page", "snapshot", "events"].map((name) => `/{token}/api/v1/${name}`),
  );
});

const REFUSED: readonly (readonly [string, string, Readonly<Record<string, string>>, number])[] = [
  ["no token", "/", {}, 404],
  ["a wrong token", "/s3cre7/", {}, 404],
  ["a token that the right one begins with", "/s3cre/api/v1/page", {}, 404],
  ["a wrong token for the news", "/x/api/v1/events", {}, 404],
  ["another host", `/${TOKEN}/`, { host: "evil.example:4242" }, 403],
  ["another port", `/${TOKEN}/api/v1/page`, { host: "127.0.0.1:80" }, 403],
  ["another origin", `/${TOKEN}/api/v1/page`, { origin: "http://evil.example" }, 403],
  ["the origin of a file", `/${TOKEN}/api/v1/events`, { origin: "null" }, 403],
  ["https", `/${TOKEN}/api/v1/page`, { origin: `https://${HOST}` }, 403],
  ["a path that is not there", `/${TOKEN}/other`, {}, 404],
];
for (const [name, path, headers, status] of REFUSED) {
  test(`${name} gets nothing`, async () => {
    const answer = await serve()(path, headers);
    assert.equal(answer.status, status);
    assert.doesNotMatch(await answer.text(), /page<|version|s3cret/);
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
  });
}

/** The next event of the news, as it is sent. */
async function nextOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  const { value } = await reader.read();
  return new TextDecoder().decode(value);
}

test("a page is told at once what there is, then when it is another, and when it is the last", async () => {
  const source = new Source();
  const stop = new AbortController();
  const answer = await serve(source, stop.signal)(`/${TOKEN}/api/v1/events`);
  const reader = answer.body?.getReader();
  assert.ok(reader);
  assert.match(await nextOf(reader), /event: changed\ndata: more/);
  source.version = 2;
  assert.match(await nextOf(reader), /event: changed\ndata: more/);
  source.version = 3;
  source.isLast = true;
  assert.match(await nextOf(reader), /event: changed\ndata: last/);
  stop.abort();
  assert.equal((await reader.read()).done, true);
});

test("a page hears of each moment that differs from the one before, and of the end of all moments", async () => {
  const source = new Source();
  const stop = new AbortController();
  let done = 1;
  const now = () => ({ tests: { done, total: null }, running: ["t.py::a"], moreRunning: 0, memories: [] });
  const answer = await serve(source, stop.signal, now)(`/${TOKEN}/api/v1/events`);
  const reader = answer.body?.getReader();
  assert.ok(reader);
  const text = (tests: number) =>
    `event: now\ndata: ${JSON.stringify({ ...now(), tests: { done: tests, total: null } })}\n`;
  assert.ok((await nextOf(reader)).startsWith(text(1)));
  assert.match(await nextOf(reader), /^event: changed/);
  done = 2;
  assert.ok((await nextOf(reader)).startsWith(text(2)));
  source.isLast = true;
  assert.match(await nextOf(reader), /^event: now\ndata: null\n/);
  stop.abort();
  while (!(await reader.read()).done);
});

test("while a recording is read a page is told each percent once", async () => {
  const source = new Source();
  source.readShare = 0;
  const stop = new AbortController();
  const answer = await serve(source, stop.signal)(`/${TOKEN}/api/v1/events`);
  const reader = answer.body?.getReader();
  assert.ok(reader);
  assert.match(await nextOf(reader), /^event: read\ndata: 0\n/);
  assert.match(await nextOf(reader), /^event: changed\ndata: more/);
  source.readShare = 0.004;
  source.version = 2;
  assert.match(await nextOf(reader), /^event: changed/);
  source.readShare = 0.999;
  assert.match(await nextOf(reader), /^event: read\ndata: 99\n/);
  stop.abort();
  assert.equal((await reader.read()).done, true);
});

test("sixteen pages are told at the same time, and one more when one of them has gone", async () => {
  const stop = new AbortController();
  const ask = serve(new Source(), stop.signal);
  const answers = await Promise.all(Array.from({ length: 17 }, () => ask(`/${TOKEN}/api/v1/events`)));
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [...Array.from({ length: 16 }, () => 200), 503]);
  stop.abort();
  await Promise.all(answers.map((answer) => answer.text()));
  assert.equal((await ask(`/${TOKEN}/api/v1/events`)).status, 200);
});
