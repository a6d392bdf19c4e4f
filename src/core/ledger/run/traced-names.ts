import type { RunEvent, TestRef } from "../../model/event.ts";
import type { StackFrame } from "../../model/stack.ts";
import type { Birth, TraceContext, TracedLife } from "../../model/trace-record.ts";
import { EnteredContexts } from "./entered-contexts.ts";
import type { TracedBuffer } from "./traced-buffer.ts";

/** What the numbers in a process's records stand for: contexts, Python stacks and operations. */
export class TracedNames {
  readonly #contexts = new EnteredContexts();
  #context: TraceContext | null = null;
  #stacks: ReadonlyMap<number, readonly StackFrame[]> = new Map();

  /** That was entered last; null: the plugin has named none. */
  get context(): TraceContext | null {
    return this.#context;
  }

  enter({ number, phase, fixture, subtest, atNs }: Extract<RunEvent, { kind: "context" }>, ref: TestRef | null): void {
    this.#context = { ref, phase, fixture, subtest };
    this.#contexts.enter(number, this.#context, atNs);
  }

  /** The Python stacks by number, once they are known. */
  setStacks(stacks: ReadonlyMap<number, readonly StackFrame[]>): void {
    this.#stacks = stacks;
  }

  contextOf(number: number): TraceContext | null {
    return this.#contexts.of(number);
  }

  /** Where in the run something happened, by the time of it; null: before the first context, or not known. */
  contextAt(timeNs: number): TraceContext | null {
    return this.#contexts.at(timeNs);
  }

  lineOf({ stack, operation }: Pick<TracedBuffer, "stack" | "operation">): Pick<Birth, "stack" | "operation"> {
    return {
      stack: this.#stacks.get(stack) ?? [],
      // An operation has the number of a stack whose only frame has its name.
      operation: this.#stacks.get(operation)?.[0]?.function ?? null,
    };
  }

  birthOf(born: Pick<TracedBuffer, "context" | "stack" | "operation">): Birth {
    return { context: this.contextOf(born.context), ...this.lineOf(born) };
  }

  lifeOf(buffer: TracedBuffer): TracedLife {
    const { freedContext, requestedBytes } = buffer;
    return {
      ...this.birthOf(buffer),
      freed: freedContext === null ? null : this.contextOf(freedContext),
      requestedBytes: requestedBytes === 0 ? null : requestedBytes,
    };
  }
}
