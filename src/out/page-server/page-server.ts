import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { type PageSource, pageApp } from "./page-app.ts";

const LOOPBACK = "127.0.0.1";
const TOKEN_BYTES = 16;
/** A request has no body and short headers: who takes longer holds a connection for nothing. */
const HEADERS_WITHIN_MS = 10_000;
/** As many as a few browsers open. */
const CONNECTIONS_MAX = 100;

function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

/** Serves a page on this machine's own address until it is disposed of. */
export class PageServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #stop: AbortController;
  /** With the token that opens it. */
  readonly address: string;

  private constructor(server: Server, stop: AbortController, address: string) {
    this.#server = server;
    this.#stop = stop;
    this.address = address;
  }

  /**
   * `port`: 0 for any that is free. `token`: what opens the page.
   *
   * @throws the system's error where it cannot listen there
   */
  static async open(source: PageSource, port: number, token = newToken()): Promise<PageServer> {
    const stop = new AbortController();
    let hosts: readonly string[] = [];
    const app = pageApp(source, () => ({ token, hosts }), stop.signal);
    const server = createAdaptorServer({ fetch: app.fetch }) as Server;
    server.headersTimeout = HEADERS_WITHIN_MS;
    server.maxConnections = CONNECTIONS_MAX;
    // Whatever is served keeps nobody from ending.
    server.listen(port, LOOPBACK).unref();
    await once(server, "listening");
    const { port: opened } = server.address() as AddressInfo;
    hosts = [`${LOOPBACK}:${opened}`, `localhost:${opened}`];
    return new PageServer(server, stop, `http://${LOOPBACK}:${opened}/${token}/`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
