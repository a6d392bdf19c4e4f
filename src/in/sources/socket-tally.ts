import type { AllocationConnection } from "./allocation-connection.ts";

export interface SocketTotals {
  readonly connections: number;
  readonly open: number;
  readonly openMax: number;
  readonly refused: number;
  /** Turned away because there were too many. */
  readonly dropped: number;
  readonly bytes: number;
  /** Connections by dialect, and whether it was certain. */
  readonly dialects: Readonly<Record<string, number>>;
  /** Connections by the size of their frames in bytes, where no known dialect has it. */
  readonly unknownSizes: Readonly<Record<string, number>>;
}

/** Counts what came over a socket since the start. */
export class SocketTally {
  connections = 0;
  refused = 0;
  dropped = 0;
  bytes = 0;
  readonly #dialects = new Map<string, number>();
  readonly #unknownSizes = new Map<number, number>();

  /** A client sends frames of this size, which no known dialect has. */
  noteUnknownSize(frameBytes: number): void {
    this.#unknownSizes.set(frameBytes, (this.#unknownSizes.get(frameBytes) ?? 0) + 1);
  }

  noteClosed(connection: AllocationConnection): void {
    countDialect(this.#dialects, connection);
  }

  totals(open: readonly AllocationConnection[], openMax: number): SocketTotals {
    const dialects = new Map(this.#dialects);
    for (const connection of open) countDialect(dialects, connection);
    const { connections, refused, dropped, bytes } = this;
    return {
      connections,
      open: open.length,
      openMax,
      refused,
      dropped,
      bytes,
      dialects: Object.fromEntries(dialects),
      unknownSizes: Object.fromEntries(this.#unknownSizes),
    };
  }
}

function countDialect(dialects: Map<string, number>, connection: AllocationConnection): void {
  const { dialect, certainty, frames, isText } = connection;
  const unnamed = frames > 0 ? "undecided" : "silent";
  const name = isText ? "text" : (dialect?.name ?? unnamed);
  const key = certainty === "weak" ? `${name} (guessed)` : name;
  dialects.set(key, (dialects.get(key) ?? 0) + 1);
}
