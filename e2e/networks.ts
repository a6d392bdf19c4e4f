import { execFileSync, spawnSync } from "node:child_process";

/** A machine's network of its own, on this machine. */
export interface OwnNetwork {
  /** The file of its namespace. */
  readonly file: string;
  readonly address: string;
  /** Words that start a command in it. */
  readonly launcher: readonly string[];
}

const SUBNET = "10.77.0";
export const NEIGHBOURS = `${SUBNET}.0/24`;

/** Why there can be none; false if there can. */
export const NO_NETWORKS: string | false =
  spawnSync("unshare", ["--net", "ip", "link", "add", "tt0", "type", "bridge"]).status === 0
    ? false
    : "needs iproute2, and the right to make network namespaces";

/** Machines of these names, each in a network namespace, wired to one switch; nothing else is reached from there. */
export class OwnNetworks implements Disposable {
  readonly #names: readonly string[];
  readonly #switch: string;

  constructor(names: readonly string[]) {
    const prefix = `ttmw${process.pid}`;
    this.#names = names.map((name) => `${prefix}-${name}`);
    this.#switch = `${prefix}-switch`;
    for (const name of [this.#switch, ...this.#names]) ip("netns", "add", name);
    ip("-n", this.#switch, "link", "add", "bridge", "type", "bridge");
    ip("-n", this.#switch, "link", "set", "bridge", "up");
    for (const [index, name] of this.#names.entries()) this.#wire(index, name);
  }

  /** By its place in the list of names. */
  machine(index: number): OwnNetwork {
    const file = `/run/netns/${this.#names[index]}`;
    return { file, address: addressOf(index), launcher: ["nsenter", `--net=${file}`] };
  }

  [Symbol.dispose](): void {
    for (const name of [...this.#names, this.#switch]) ip("netns", "delete", name);
  }

  #wire(index: number, name: string): void {
    const port = `port${index}`;
    ip("-n", this.#switch, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", name);
    ip("-n", this.#switch, "link", "set", port, "master", "bridge", "up");
    ip("-n", name, "address", "add", `${addressOf(index)}/24`, "dev", "eth0");
    for (const device of ["lo", "eth0"]) ip("-n", name, "link", "set", device, "up");
  }
}

function addressOf(index: number): string {
  return `${SUBNET}.${index + 1}`;
}

function ip(...words: readonly string[]): void {
  execFileSync("ip", words, { stdio: "pipe" });
}
