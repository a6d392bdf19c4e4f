import { printable } from "../../core/base/printable.ts";
import type { ServerGroup } from "../../core/model/server-group.ts";
import type { RemainingView } from "../../core/model/server-view.ts";
import type { ServerAnswer } from "../../in/wire/server-requests.ts";
import { FLAVOURS } from "../../out/server-text/flavour-table.ts";

type Of<Kind extends ServerAnswer["kind"]> = Omit<Extract<ServerAnswer, { kind: Kind }>, "kind">;

/** What a server has on its books, as it answered. */
export interface ServerDump {
  readonly live: number;
  readonly groups: readonly ServerGroup[];
  /** Those of the groups that are small enough, or all. */
  readonly buffers: readonly Of<"buffer">[];
  /** Gravest first. */
  readonly findings: readonly Of<"finding">[];
  /** Buffers that were freed more often than allocated, the first ones. */
  readonly doubleFreed: readonly Of<"double-freed">[];
  /** What processes that ended left. */
  readonly atExit: readonly Of<"at-exit">[];
  /** Traced processes of which records are missing. */
  readonly unsure: readonly Of<"traced">[];
}

export async function collectDump(answers: AsyncIterable<ServerAnswer>): Promise<ServerDump> {
  const groups: ServerGroup[] = [];
  const buffers: Of<"buffer">[] = [];
  const findings: Of<"finding">[] = [];
  const doubleFreed: Of<"double-freed">[] = [];
  const atExit: Of<"at-exit">[] = [];
  const unsure: Of<"traced">[] = [];
  let live = 0;
  for await (const answer of answers) {
    if (answer.kind === "group") groups.push(withoutKind(answer));
    else if (answer.kind === "buffer") buffers.push(withoutKind(answer));
    else if (answer.kind === "finding") findings.push(withoutKind(answer));
    else if (answer.kind === "double-freed") doubleFreed.push(withoutKind(answer));
    else if (answer.kind === "at-exit") atExit.push(withoutKind(answer));
    else if (answer.kind === "traced") unsure.push(withoutKind(answer));
    else if (answer.kind === "end") live = answer.live;
  }
  return { live, groups, buffers, findings, doubleFreed, atExit, unsure };
}

function withoutKind<Answer extends ServerAnswer>({ kind: _, ...rest }: Answer): Omit<Answer, "kind"> {
  return rest;
}

/** The dump for people: what the server itself prints, then what is to be said about it. */
export function dumpText(dump: ServerDump): string {
  return withNotes(FLAVOURS.modern.remaining(viewOf(dump), []), dump);
}

/** What is new since a baseline, for people. That nothing is says nothing of what was there before. */
export function comparisonText(name: string, dump: ServerDump): string {
  if (dump.live === 0) return withNotes(`Nothing is live that was allocated since ${printable(name)}\n`, dump);
  return `New since ${printable(name)}:\n${dumpText(dump)}`;
}

function withNotes(text: string, dump: ServerDump): string {
  const findings = dump.findings.map(({ verdict, device, evidence }) => `${verdict}  device ${device}  ${evidence}`);
  const listed =
    dump.buffers.length < dump.live ? ["larger groups are not listed: tt-memwatch dump --all lists every buffer"] : [];
  const notes = [...listed, ...findings, ...dump.unsure.map(unsureLine)].map((line) => `${line}\n`).join("");
  return `${text}${notes === "" ? "" : `\n${notes}`}`;
}

function unsureLine({ pid, state, reason, missed, lost }: ServerDump["unsure"][number]): string {
  if (state === "failed") return `PID ${pid} is not followed, so its buffers are missing: ${printable(reason)}`;
  const parts = [
    ...(missed > 0 ? [`${missed} from before the server read its ring`] : []),
    ...(lost > 0 ? [`${lost} that were overwritten before they were read`] : []),
  ];
  return `PID ${pid} lacks ${parts.join(" and ")} of its records: its buffers may be wrong`;
}

function viewOf({ live, groups, buffers, doubleFreed }: ServerDump): RemainingView {
  const keyOf = ({ device, memoryType }: { device: number; memoryType: string }): string => `${device} ${memoryType}`;
  const byGroup = Map.groupBy(buffers, keyOf);
  return {
    total: live,
    groups: groups.map((group) => ({
      ...group,
      listed: (byGroup.get(keyOf(group)) ?? []).map((buffer) => ({
        address: BigInt(buffer.address),
        sizeBytes: BigInt(buffer.sizeBytes),
        pid: buffer.pid,
        refCount: buffer.refCount,
        history: null,
        origin:
          buffer.origin === null ? null : { ...buffer.origin, requestedBytes: BigInt(buffer.origin.requestedBytes) },
      })),
    })),
    doubleFreed: doubleFreed.map(({ device, address, allocs, frees, events }) => ({
      device,
      address: BigInt(address),
      history: { allocs, frees, events: events.map((event) => ({ ...event, sizeBytes: BigInt(event.sizeBytes) })) },
    })),
  };
}
