import { createRoute, type OpenAPIHono, type RouteConfig } from "@hono/zod-openapi";
import type { Context, Env, Handler } from "hono";
import { z } from "zod";
import { PageSchema } from "./page-schema.ts";

/** Of the paths. A new field or path leaves it as it is; a changed or removed one raises it. */
const API_VERSION = "v1";

/** What the API gives. JSON is text, which is made where it is known. */
export interface ApiSource {
  page(): string;
  snapshot(): string;
  /** Server-sent events. */
  readonly events: Handler<Env, "/:token/*">;
}

const Token = z.string().describe("The last part of the address that tt-memwatch printed: a password.");
const Sentence = { "text/plain": { schema: z.string() } };

const REFUSALS = {
  403: { description: "Asked under another name than its own, or by another page.", content: Sentence },
  404: { description: "A wrong token, or no such path.", content: Sentence },
};

type Responses = RouteConfig["responses"];

function route(name: string, summary: string, responses: Responses) {
  return createRoute({
    method: "get",
    path: `/{token}/api/${API_VERSION}/${name}`,
    summary,
    request: { params: z.object({ token: Token }) },
    responses: { ...responses, ...REFUSALS },
  });
}

function jsonOf(schema: z.ZodType): Responses {
  return { 200: { description: "As of now.", content: { "application/json": { schema } } } };
}

const PAGE = route(
  "page",
  "All that the page shows: the run, causes, findings, tests, what ran out of memory, and the timeline",
  jsonOf(PageSchema),
);

const EVENTS = route(
  "events",
  "Server-sent events: `now` up to four times a second, `changed` when the page is new, `read` as a recording is, `alive` at least every two seconds",
  {
    200: {
      description:
        "The data of `changed` and `alive` is `last` where what is shown stays as it is from now on, else `more`. " +
        "That of `now` is JSON, only where it differs from the last one: `tests` (`done`, `total`), `running` (names of tests) with `moreRunning`, and " +
        "`memories` (`device`, `pid`, `memoryType`, `usedBytes`, `capacityBytes`); or null, where nothing runs.",
      content: { "text/event-stream": { schema: z.string() } },
    },
    503: { description: "Too many pages are open.", content: Sentence },
  },
);

const ABOUT = {
  openapi: "3.1.0",
  info: {
    title: "tt-memwatch",
    version: API_VERSION,
    description: "What a run or an allocation server knows now. All of it is read only.",
    license: { name: "Apache-2.0", identifier: "Apache-2.0" },
  },
};

/** An application that will have the API among its paths. `snapshotSchema`: of what `ApiSource.snapshot` gives. */
export function withApi(app: OpenAPIHono, source: ApiSource, snapshotSchema: z.ZodType): OpenAPIHono {
  const snapshot = route(
    "snapshot",
    "What is live now, which test runs and what was found: the line that `tt-memwatch top --json` prints",
    jsonOf(snapshotSchema),
  );
  const handlers = [
    { of: PAGE, handler: (context: Context) => json(context, source.page()) },
    { of: snapshot, handler: (context: Context) => json(context, source.snapshot()) },
    { of: EVENTS, handler: source.events },
  ];
  for (const { of, handler } of handlers) {
    app.openAPIRegistry.registerPath(of);
    app.get(of.getRoutingPath(), handler);
  }
  // Made when it is asked for: whoever opens a page does not wait for it.
  app.get(`/:token/api/${API_VERSION}/openapi.json`, (context) => context.json(app.getOpenAPI31Document(ABOUT)));
  return app;
}

function json(context: Context, text: string): Response {
  return context.body(text, 200, { "Content-Type": "application/json; charset=utf-8" });
}
