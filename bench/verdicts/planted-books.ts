import { Random } from "../../e2e/chaos/random.ts";
import { ReplayedServer } from "../../src/commands/replay/recorded-server.ts";
import { dumpAnswers, type ServerBaseline } from "../../src/commands/serve/dump-answers.ts";
import { BufferMessage, MessageType } from "../../src/core/model/buffer-message.ts";
import type { Verdict } from "../../src/core/model/finding.ts";
import type { BookedMessage } from "../../src/core/model/server-event.ts";
import { defaultRules } from "../../src/in/rules/rules-file.ts";

const KB = 1024;
const MB = 1024 * KB;

/** How the protocol numbers memory types. */
const TYPES = { DRAM: 0, L1: 1 } as const;
type Type = keyof typeof TYPES;

/** Times that the books are compared with a baseline. */
const COMPARISONS = 3;

/** A verdict on what is live of one memory type on one device, or was when its process ended. */
export interface BooksVerdict {
  /** Which plants: those of a dump, or of a comparison with a baseline. */
  readonly set: "live" | "baseline";
  readonly device: number;
  readonly memoryType: string;
  readonly verdict: Verdict;
  /** Of a verdict that was planted; of one that was given, its evidence. */
  readonly why: string;
}

/** Something on the books of one device, which no other plant has: what is done before a baseline, and before each comparison with it. */
interface Plant {
  readonly name: string;
  readonly memoryType: Type;
  readonly verdicts: readonly Verdict[];
  readonly begin: (desk: Desk) => void;
  readonly goOn?: (desk: Desk) => void;
}

/** Of the dump of all that is live. */
const LIVE_PLANTS: readonly Plant[] = [
  live("programs", "DRAM", ["program-cache"], (desk) => desk.fill(desk.random.below(36 * KB) + 1)),
  live("system buffers", "DRAM", ["expected"], (desk) => desk.fill(36 * KB + 1 + desk.random.below(MB - 36 * KB))),
  live("infrastructure", "L1", ["expected"], (desk) => desk.fill(desk.random.below(12 * KB) + 1)),
  live("a tensor in use", "DRAM", [], (desk) => desk.fill(MB + 1 + desk.random.below(100 * MB))),
  live("L1 in use", "L1", [], (desk) => desk.fill(12 * KB + 1 + desk.random.below(MB))),
  live("weights left behind", "DRAM", ["leak"], (desk) => desk.fill(101 * MB + 1 + desk.random.below(1000 * MB))),
  live("all freed, in any order", "DRAM", [], (desk) => desk.free(desk.fill(200 * MB))),
  live("freed once more", "DRAM", [], (desk) => {
    const buffers = desk.fill(2 * MB);
    desk.free([...buffers, ...buffers]);
  }),
  live("views that stay", "DRAM", ["suspect"], (desk) => {
    const [buffer = 0] = desk.fill(2 * MB);
    for (let more = 0; more < 2 + desk.random.below(3); more += 1) desk.allocate(buffer, MB);
  }),
  live("a view that went", "DRAM", [], (desk) => {
    const buffers = desk.fill(2 * MB);
    desk.again(buffers, 2 * MB);
    desk.free(buffers);
  }),
  live("circular buffers of early clients", "L1", ["untracked-free"], (desk) => desk.again(desk.fill(MB), KB)),
  live("a process that ended", "DRAM", ["at-exit"], (desk) => {
    desk.fill(300 * MB);
    desk.endProcess();
  }),
  live("a process that freed and ended", "L1", [], (desk) => {
    desk.free(desk.fill(MB));
    desk.endProcess();
  }),
];

/** Of the last comparison with a baseline. */
const BASELINE_PLANTS: readonly Plant[] = [
  since("more each time", "DRAM", ["leak"], (desk) => desk.fill(2 * MB + desk.random.below(MB))),
  since("more each time in L1", "L1", ["leak"], (desk) => desk.fill(13 * KB + desk.random.below(MB))),
  since("new once", "DRAM", ["suspect"], (desk) => {
    if (desk.turn === 0) desk.fill(MB + desk.random.below(MB));
  }),
  since("freed before each comparison", "DRAM", [], (desk) => desk.free(desk.fill(200 * MB))),
  since("a value that is replaced", "DRAM", ["suspect"], (desk) => {
    desk.free(desk.kept);
    desk.kept = desk.fill(5 * MB);
  }),
  since("only what was there", "DRAM", [], () => {}),
  since("programs, once", "DRAM", ["program-cache"], (desk) => {
    if (desk.turn === 0) desk.fill(12 * KB);
  }),
  since("programs, each time", "DRAM", ["leak"], (desk) => desk.fill(12 * KB)),
];

function live(name: string, memoryType: Type, verdicts: readonly Verdict[], begin: Plant["begin"]): Plant {
  return { name, memoryType, verdicts, begin };
}

/** On top of 400 MB that were there before. */
function since(name: string, memoryType: Type, verdicts: readonly Verdict[], goOn: Plant["begin"]): Plant {
  return { name, memoryType, verdicts, begin: (desk) => void desk.fill(400 * MB), goOn };
}

/** What one plant does: a process of its own, on a device of its own. */
class Desk {
  readonly random: Random;
  turn = 0;
  kept: readonly number[] = [];
  readonly #server: ReplayedServer;
  readonly #process: number;
  readonly #type: Type;
  #address = 64;

  constructor(server: ReplayedServer, process: number, type: Type, random: Random) {
    this.#server = server;
    this.#process = process;
    this.#type = type;
    this.random = random;
    server.take({ kind: "server", event: { kind: "process", process, pid: 1000 + process } });
  }

  /** Buffers of that many bytes together; gives their addresses. */
  fill(sizeBytes: number): readonly number[] {
    const addresses: number[] = [];
    for (let left = sizeBytes; left > 0; ) {
      const part = addresses.length === 20 ? left : Math.min(left, 1 + this.random.below(left));
      addresses.push(this.#address);
      this.allocate(this.#address, part);
      this.#address += 64;
      left -= part;
    }
    return addresses;
  }

  allocate(address: number, sizeBytes: number): void {
    this.#send(MessageType.allocate, address, sizeBytes);
  }

  /** Each of them once more, with that many bytes. */
  again(addresses: readonly number[], sizeBytes: number): void {
    for (const address of addresses) this.allocate(address, sizeBytes);
  }

  /** In any order. */
  free(addresses: readonly number[]): void {
    const left = [...addresses];
    while (left.length > 0) this.#send(MessageType.free, left.splice(this.random.below(left.length), 1)[0] ?? 0, 0);
  }

  endProcess(): void {
    this.#server.take({ kind: "server", event: { kind: "ended", process: this.#process } });
  }

  #send(type: number, idLow: number, sizeLow: number): void {
    const message = Object.assign(new BufferMessage(), { type, device: this.#process, idLow, sizeLow });
    message.memoryType = TYPES[this.#type];
    const birth = { requestedLow: 0, requestedHigh: 0, site: 0, context: 0 };
    const booked: BookedMessage = { message, process: this.#process, atMs: 0, books: "own", ...birth };
    this.#server.take({ kind: "messages", count: 1, next: () => booked });
  }
}

/** Plants both kinds from a seed; gives what is due, and what the server says of it. */
export async function plantBooks(
  seed: number,
): Promise<{ readonly due: readonly BooksVerdict[]; readonly given: readonly BooksVerdict[] }> {
  const parts = [await plantAll("live", LIVE_PLANTS, seed), await plantAll("baseline", BASELINE_PLANTS, seed)];
  return { due: parts.flatMap(({ due }) => due), given: parts.flatMap(({ given }) => given) };
}

async function plantAll(set: BooksVerdict["set"], plants: readonly Plant[], seed: number) {
  const [server, random] = [new ReplayedServer(), new Random(seed)];
  const desks = plants.map((plant, device) => new Desk(server, device, plant.memoryType, random));
  for (const [index, plant] of plants.entries()) plant.begin(deskAt(desks, index));
  const since: ServerBaseline | null =
    set === "baseline" ? { births: server.books.births, ended: 0, comparisons: [] } : null;
  let given = await saidOf(server, since);
  for (let turn = 0; since !== null && turn < COMPARISONS; turn += 1) {
    for (const [index, plant] of plants.entries()) plant.goOn?.(Object.assign(deskAt(desks, index), { turn }));
    given = await saidOf(server, since);
  }
  const due = plants.flatMap(({ name, memoryType, verdicts }, device) => {
    return verdicts.map((verdict) => ({ set, device, memoryType, verdict, why: name }));
  });
  return { due, given };
}

function deskAt(desks: readonly Desk[], index: number): Desk {
  const desk = desks[index];
  if (desk === undefined) throw new Error(`no desk ${index}`);
  return desk;
}

async function saidOf(server: ReplayedServer, since: ServerBaseline | null): Promise<readonly BooksVerdict[]> {
  const question = { listedMax: 0, since, sources: "all" as const };
  const said: BooksVerdict[] = [];
  for await (const answers of dumpAnswers(server, server.books, question, defaultRules())) {
    for (const answer of answers) {
      if (answer.kind !== "finding") continue;
      const { device, memoryType, verdict, evidence } = answer;
      said.push({ set: since === null ? "live" : "baseline", device, memoryType, verdict, why: evidence });
    }
  }
  return said;
}

/** One verdict that was given or due, and whether the other side has it. */
export interface BooksOutcome {
  readonly verdict: Verdict;
  readonly outcome: "right" | "wrong" | "missed";
  readonly text: string;
}

export function compareBooks({ due, given }: Awaited<ReturnType<typeof plantBooks>>): readonly BooksOutcome[] {
  const [wanted, found] = [due, given].map((verdicts) => new Set(verdicts.map(nameOf)));
  const told = given.map((each) => ({ ...each, outcome: wanted?.has(nameOf(each)) ? "right" : "wrong" }) as const);
  const missed = due
    .filter((each) => !found?.has(nameOf(each)))
    .map((each) => ({ ...each, outcome: "missed" }) as const);
  return [...told, ...missed].map(({ verdict, outcome, why, ...where }) => {
    return { verdict, outcome, text: `${nameOf({ verdict, why, ...where })}: ${why}` };
  });
}

function nameOf({ set, device, memoryType, verdict }: BooksVerdict): string {
  return `${verdict} on device ${device}, ${memoryType}, ${set}`;
}
