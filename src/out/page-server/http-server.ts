import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";

export const LOOPBACK = "127.0.0.1";

/** A request has no body and short headers: who takes longer holds a connection for nothing. */
const HEADERS_WITHIN_MS = 10_000;
/** As many as a few browsers or monitors open. */
const CONNECTIONS_MAX = 100;

/** What answers requests: an application of hono. */
export interface Application {
  readonly fetch: (request: Request) => Response | Promise<Response>;
}

export interface ListenAt {
  readonly address: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** Serves over HTTP until it is disposed of. Whatever is served keeps nobody from ending. */
export class HttpServer implements AsyncDisposable {
  readonly #server: Server;
  readonly port: number;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  /** @throws the system's error where it cannot listen there */
  static async open(app: Application, { address, port }: ListenAt): Promise<HttpServer> {
    const server = createAdaptorServer({ fetch: app.fetch }) as Server;
    server.headersTimeout = HEADERS_WITHIN_MS;
    server.maxConnections = CONNECTIONS_MAX;
    server.listen(port, address).unref();
    await once(server, "listening");
    return new HttpServer(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

/** What a browser's address line has where a server listens on this machine's own address. */
export function loopbackHosts(port: number): readonly string[] {
  return [`${LOOPBACK}:${port}`, `localhost:${port}`];
}
