import type { BufferEvent } from "../../core/model/server-view.ts";
import type { Flavour, ServerText } from "../../out/server-text/flavour.ts";

export interface EventPrinterOptions {
  readonly flavour: Flavour;
  /** Whether to print what the flavour prints by itself: events, dumps, ended processes. */
  readonly print: ((text: ServerText) => void) | null;
  /** Prints every event, also frees of buffers that are not known. */
  readonly isVerbose: boolean;
  readonly onEvent: ((event: BufferEvent, type: number) => void) | null;
}

/** Prints what became of each message, in the server's flavour. */
export class EventPrinter {
  readonly #options: EventPrinterOptions;
  /** Whether anybody hears of events: else none has to be made. */
  readonly isHeard: boolean;

  constructor(options: EventPrinterOptions) {
    const { print, flavour, isVerbose, onEvent } = options;
    this.#options = options;
    this.isHeard = onEvent !== null || (print !== null && (flavour.printsEvents || isVerbose));
  }

  /** What became of a message of this type. `printsUnknownFrees`: also where nobody is verbose. */
  print(event: BufferEvent, type: number, printsUnknownFrees: boolean): void {
    const { flavour, print, onEvent, isVerbose } = this.#options;
    onEvent?.(event, type);
    if (print === null || (!flavour.printsEvents && !isVerbose)) return;
    if (event.outcome === "unknown-free" && !printsUnknownFrees && !isVerbose) return;
    print(flavour.messageTypes.has(type) ? flavour.event(event) : { out: "", err: flavour.unknownType(type) });
  }
}
