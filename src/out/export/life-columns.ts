import type { ExportedLife, ExportedOrigin, ExportedRun } from "../../core/model/exported-recording.ts";
import type { StackFrame } from "../../core/model/stack.ts";

/** One column of a table that has a row for each buffer. */
export type LifeColumn = IntegerColumn | TextColumn;

interface IntegerColumn {
  readonly name: string;
  readonly kind: "integer";
  /** null: not known, or there is none. */
  of(life: ExportedLife, run: ExportedRun): number | null;
}

interface TextColumn {
  readonly name: string;
  readonly kind: "text";
  of(life: ExportedLife): string | null;
}

const text = (name: string, of: TextColumn["of"]): TextColumn => ({ name, kind: "text", of });
const integer = (name: string, of: IntegerColumn["of"]): IntegerColumn => ({ name, kind: "integer", of });

/** In the order in which they are written; the last one has all frames, innermost first. */
export function lifeColumns(): readonly LifeColumn[] {
  const stackText = stackTexts();
  return [...COLUMNS, text("stack", ({ origin }) => stackText(origin))];
}

const COLUMNS: readonly LifeColumn[] = [
  integer("number", ({ number }) => number),
  integer("pid", ({ memory }) => memory.pid),
  integer("device", ({ memory }) => memory.device),
  integer("opened_as", ({ memory }) => memory.openedAs),
  text("memory_type", ({ memory }) => memory.memoryType),
  text("known_from", ({ memory }) => memory.knownFrom),
  text("address", ({ address }) => `0x${address.toString(16)}`),
  integer("size_bytes", ({ sizeBytes }) => sizeBytes),
  integer("requested_bytes", ({ requestedBytes }) => requestedBytes),
  integer("banks", ({ banks }) => (banks === 0 ? null : banks)),
  integer("born_ns", ({ bornNs }, { beginNs }) => bornNs - beginNs),
  integer("died_ns", ({ diedNs }, { beginNs }) => (diedNs === null ? null : diedNs - beginNs)),
  text("test", ({ test }) => test?.test ?? null),
  integer("attempt", ({ test }) => test?.attempt ?? null),
  integer("repeat", ({ test }) => test?.repeat ?? null),
  text("freed_in", ({ freedIn }) => freedIn?.test ?? null),
  text("operation", ({ origin }) => origin.operation),
  text("file", ({ origin }) => origin.stack[0]?.file ?? null),
  integer("line", ({ origin }) => origin.stack[0]?.line ?? null),
  text("function", ({ origin }) => origin.stack[0]?.function ?? null),
];

/** Of each origin once: many buffers are of one. */
function stackTexts(): (origin: ExportedOrigin) => string | null {
  const known = new Map<ExportedOrigin, string>();
  return (origin) => {
    if (origin.stack.length === 0) return null;
    const text = known.get(origin) ?? origin.stack.map(frameText).join("; ");
    known.set(origin, text);
    return text;
  };
}

function frameText({ file, line, function: name }: StackFrame): string {
  return `${file}:${line} ${name}`;
}
