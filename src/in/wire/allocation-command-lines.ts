/** Longest text command in bytes, the newline included. */
export const COMMAND_BYTES_MAX = 1024;

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const FIRST_PRINTABLE = 0x20;
const LAST_PRINTABLE = 0x7e;

/** Whether a connection that begins with this byte speaks text: no message type is so high. */
export function isTextByte(byte: number): boolean {
  return byte >= FIRST_PRINTABLE;
}

/** Splits a text connection into its commands. Printable ASCII only, so that a command can be shown to people. */
export class CommandLines {
  #text = "";
  #unfinishedBytes = 0;
  #offset = 0;

  /** Bytes of the stream before the command whose newline has not come yet. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes of the command whose newline has not come yet. */
  get unfinishedBytes(): number {
    return this.#unfinishedBytes;
  }

  /** Gives `take` every command that bytes from `from` to `to` complete. Returns what is wrong, or null. */
  push(bytes: Uint8Array, from: number, to: number, take: (command: string) => void): string | null {
    for (const byte of bytes.subarray(from, to)) {
      this.#unfinishedBytes += 1;
      if (this.#unfinishedBytes > COMMAND_BYTES_MAX) {
        return `a text command of ${this.#unfinishedBytes} bytes or more, wanted ${COMMAND_BYTES_MAX} at most`;
      }
      if (byte === NEWLINE) take(this.#finish());
      else if (byte >= FIRST_PRINTABLE && byte <= LAST_PRINTABLE) this.#text += String.fromCharCode(byte);
      else if (byte !== CARRIAGE_RETURN) return `byte 0x${byte.toString(16)} in a text command, wanted printable ASCII`;
    }
    return null;
  }

  #finish(): string {
    const text = this.#text;
    this.#offset += this.#unfinishedBytes;
    this.#text = "";
    this.#unfinishedBytes = 0;
    return text;
  }
}
