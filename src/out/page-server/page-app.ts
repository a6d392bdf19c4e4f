import { createHash, timingSafeEqual } from "node:crypto";
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import type { z } from "zod";
import type { PageNow } from "../../core/model/page.ts";
import { withApi } from "./api.ts";

/** What is live now, as JSON, and its schema: another program's view of the same. */
export interface SnapshotSource {
  readonly schema: z.ZodType;
  readonly take: () => unknown;
  /** What changes from moment to moment; null: nothing does. */
  readonly now: () => PageNow | null;
}

/** What a page is served of. */
export interface PageSource {
  /** The page without its data, and the policy that it has to be sent with. */
  readonly document: { readonly html: string; readonly policy: string };
  /** Brings the data up to date, where it is time to. */
  refresh(): PageState;
  /** As JSON, as of the last time that it was brought up to date. */
  data(): string;
}

export interface PageState {
  /** Another one whenever the data is another. */
  readonly version: number;
  /** Whether it stays as it is from now on. */
  readonly isLast: boolean;
  /** Where a recording is read: how much of it was, from 0 to 1. */
  readonly readShare?: number;
}

/** Who may ask. */
export interface Admission {
  /** Part of the address: who does not know it gets nothing. */
  readonly token: string;
  /** What a browser's address line has: "127.0.0.1:4242". Under any other name somebody else's page may be asking. */
  readonly hosts: readonly string[];
}

/** Time between two looks at whether something is new: at most so often is a page told. */
const TELL_EVERY_MS = 250;
/** A page that has heard nothing for a few of these takes what it shows for old. */
const ALIVE_EVERY_MS = 2_000;
/** When a browser tries again whose connection broke. */
const RETRY_AFTER_MS = 1_000;
/** Pages that are told at the same time. */
const LISTENERS_MAX = 16;

const HEADERS = {
  "Cache-Control": "no-store",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
} as const;

/** The page, its data and the news of it over HTTP. `stopped`: when news end. */
export function pageApp(
  source: PageSource,
  snapshot: SnapshotSource,
  admission: () => Admission,
  stopped: AbortSignal,
): OpenAPIHono {
  const app = new OpenAPIHono();
  let listeners = 0;
  app.use(async (context, next) => {
    for (const [name, value] of Object.entries(HEADERS)) context.header(name, value);
    const { hosts } = admission();
    const { host, origin } = context.req.header();
    if (host === undefined || !hosts.includes(host)) return context.text("This address is not mine.\n", 403);
    if (origin !== undefined && origin !== `http://${host}`) {
      return context.text("Only the page itself may ask.\n", 403);
    }
    return await next();
  });
  app.use("/:token/*", async (context, next) => {
    if (isSame(context.req.param("token"), admission().token)) return await next();
    return context.text("Open the whole address that tt-memwatch printed: its last part is a password.\n", 404);
  });
  app.get("/:token/", (context) => {
    const { html, policy } = source.document;
    context.header("Content-Security-Policy", `${policy}; frame-ancestors 'none'`);
    return context.html(html);
  });
  const api = {
    page: () => {
      source.refresh();
      return source.data();
    },
    snapshot: () => JSON.stringify(snapshot.take()),
    events: (context: Context) => {
      if (listeners >= LISTENERS_MAX) return context.text("Too many pages are open; close one.\n", 503);
      listeners += 1;
      return streamSSE(context, async (stream) => {
        try {
          await tell(stream, source, snapshot.now, stopped);
        } finally {
          listeners -= 1;
        }
      });
    },
  };
  withApi(app, api, snapshot.schema);
  app.notFound((context) => context.text("There is no such page.\n", 404));
  return app;
}

/** Says what there is at this moment, when the whole is new, how much of a recording was read, and in between that we are there. */
async function tell(
  stream: SSEStreamingApi,
  source: PageSource,
  now: SnapshotSource["now"],
  stopped: AbortSignal,
): Promise<void> {
  let told: number | null = null;
  let sentPercent: string | null = null;
  let sentMoment = JSON.stringify(null);
  let sinceMs = 0;
  while (!stream.aborted && !stopped.aborted) {
    const { version, isLast, readShare } = source.refresh();
    const percent = readShare === undefined ? null : String(Math.floor(readShare * 100));
    if (percent !== null && percent !== sentPercent) await stream.writeSSE({ event: "read", data: percent });
    sentPercent = percent;
    const moment = JSON.stringify(isLast ? null : now());
    if (moment !== sentMoment) await stream.writeSSE({ event: "now", data: moment });
    sentMoment = moment;
    sinceMs += TELL_EVERY_MS;
    if (version !== told || sinceMs >= ALIVE_EVERY_MS) {
      const event = version === told ? "alive" : "changed";
      await stream.writeSSE({ event, data: isLast ? "last" : "more", retry: RETRY_AFTER_MS });
      told = version;
      sinceMs = 0;
    }
    await untilNext(stopped);
  }
}

async function untilNext(stopped: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, TELL_EVERY_MS);
  const stop = (): void => {
    clearTimeout(timer);
    resolve();
  };
  stopped.addEventListener("abort", stop, { once: true });
  await promise;
  stopped.removeEventListener("abort", stop);
}

/** Takes as long whatever was given. */
function isSame(given: string | undefined, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given ?? ""), digest(wanted));
}
