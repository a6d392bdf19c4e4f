/** Reasons of closed connections that are kept one by one, and logged. */
export const SERVER_REFUSALS_LISTED_MAX = 200;
const REFUSALS_LOGGED_MAX = 20;
/** Of one reason, in characters. */
const REFUSAL_CHARACTERS_MAX = 300;

/** Why connections were closed: the first reasons are kept, and fewer are logged. */
export class Refusals {
  readonly #reasons: string[] = [];
  readonly #log: (text: string) => void;

  constructor(log: (text: string) => void) {
    this.#log = log;
  }

  get reasons(): readonly string[] {
    return this.#reasons;
  }

  add(reason: string): void {
    if (this.#reasons.length >= SERVER_REFUSALS_LISTED_MAX) return;
    const shown = reason.slice(0, REFUSAL_CHARACTERS_MAX);
    this.#reasons.push(shown);
    if (this.#reasons.length <= REFUSALS_LOGGED_MAX) this.#log(`closed a connection: ${shown}`);
    if (this.#reasons.length !== REFUSALS_LOGGED_MAX) return;
    this.#log("more connections that are closed are not logged: see `tt-memwatch stats --json`");
  }
}
