import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { HttpServer, type ListenAt, LOOPBACK, loopbackHosts } from "./http-server.ts";

/** What is answered to a scrape. */
export interface Scraped {
  readonly contentType: string;
  readonly text: string;
}

export interface MetricsAt extends ListenAt {
  /** That who asks has to send; null: none. */
  readonly token: string | null;
}

/** `hosts`: under what names it is asked; null: under any. */
function metricsApp(scraped: () => Scraped, token: string | null, hosts: () => readonly string[] | null): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    const { host, origin } = context.req.header();
    const known = hosts();
    if (known !== null && (host === undefined || !known.includes(host))) {
      return context.text("This address is not mine.\n", 403);
    }
    if (origin !== undefined) return context.text("No page may ask.\n", 403);
    return await next();
  });
  if (token !== null) app.use("/metrics", bearerAuth({ token }));
  app.get("/metrics", (context) => {
    const { contentType, text } = scraped();
    return context.body(text, 200, { "Content-Type": contentType, "Cache-Control": "no-store" });
  });
  app.get("/", (context) => context.text("tt-memwatch: its metrics are at /metrics\n"));
  app.notFound((context) => context.text("There is no such page: the metrics are at /metrics.\n", 404));
  return app;
}

/**
 * Serves `/metrics` for Prometheus, by default without a token: it changes nothing and names no test. On this machine's own address only
 * who asks under its own name gets an answer, so that no page of somebody else's can read it.
 *
 * @throws the system's error where it cannot listen there
 */
export async function openMetricsServer(scraped: () => Scraped, at: MetricsAt): Promise<HttpServer> {
  let hosts: readonly string[] | null = [];
  const server = await HttpServer.open(
    metricsApp(scraped, at.token, () => hosts),
    at,
  );
  hosts = at.address === LOOPBACK ? loopbackHosts(server.port) : null;
  return server;
}
