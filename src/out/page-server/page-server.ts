import { randomBytes } from "node:crypto";
import { HttpServer, LOOPBACK, loopbackHosts } from "./http-server.ts";
import { type PageSource, pageApp, type SnapshotSource } from "./page-app.ts";

const TOKEN_BYTES = 16;

function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

/** Serves a page on this machine's own address until it is disposed of. */
export class PageServer implements AsyncDisposable {
  readonly #server: HttpServer;
  readonly #stop: AbortController;
  /** With the token that opens it. */
  readonly address: string;

  private constructor(server: HttpServer, stop: AbortController, address: string) {
    this.#server = server;
    this.#stop = stop;
    this.address = address;
  }

  /**
   * `port`: 0 for any that is free. `token`: what opens the page.
   *
   * @throws the system's error where it cannot listen there
   */
  static async open(
    source: PageSource,
    snapshot: SnapshotSource,
    port: number,
    token = newToken(),
  ): Promise<PageServer> {
    const stop = new AbortController();
    let hosts: readonly string[] = [];
    const app = pageApp(source, snapshot, () => ({ token, hosts }), stop.signal);
    const server = await HttpServer.open(app, { address: LOOPBACK, port });
    hosts = loopbackHosts(server.port);
    return new PageServer(server, stop, `http://${LOOPBACK}:${server.port}/${token}/`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#server[Symbol.asyncDispose]();
  }
}
