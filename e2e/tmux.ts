import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ENVIRONMENT } from "./environment.ts";

/** Time that a screen has to become what is wanted. */
const SHOWN_WITHIN_MS = 10_000;

/** Whether tmux is there: `make setup` installs it where it may. */
export const HAS_TMUX = spawnSync("tmux", ["-V"]).status === 0;

export interface TmuxOptions {
  readonly columns: number;
  readonly rows: number;
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

/** A shell in a terminal of tmux, as people use one. */
export class Tmux implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "tmux-"));
  readonly #env: NodeJS.ProcessEnv;

  constructor({ columns, rows, env }: TmuxOptions) {
    this.#env = { ...ENVIRONMENT, ...env, TMUX: undefined };
    const size = ["-x", `${columns}`, "-y", `${rows}`];
    // Job control, as in a shell that people type into.
    this.#do("-f", "/dev/null", "new-session", "-d", ...size, "/bin/bash --norc --noprofile -i");
  }

  /** Types this, and nothing after it. */
  type(text: string): void {
    this.#do("send-keys", "-l", text);
  }

  /** Presses keys by tmux's names for them. */
  press(...keys: readonly string[]): void {
    this.#do("send-keys", ...keys);
  }

  resize(columns: number, rows: number): void {
    this.#do("resize-window", "-x", `${columns}`, "-y", `${rows}`);
  }

  /** The rows that are shown, without blanks at their ends. */
  get screen(): readonly string[] {
    return this.#do("capture-pane", "-p").split("\n").slice(0, -1);
  }

  /** Whether a program has the whole screen, and what was there before is kept. */
  get isAlternate(): boolean {
    return this.#ask("#{alternate_on}") === "1";
  }

  get isCursorShown(): boolean {
    return this.#ask("#{cursor_flag}") === "1";
  }

  /** Waits until the screen has this; gives its rows. */
  async shows(wanted: RegExp): Promise<readonly string[]> {
    const untilMs = performance.now() + SHOWN_WITHIN_MS;
    for (;;) {
      const rows = this.screen;
      if (wanted.test(rows.join("\n"))) return rows;
      if (performance.now() > untilMs) throw new Error(`${wanted} did not come:\n${rows.join("\n")}`);
      // tmux tells nobody what it shows: it has to be asked again.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The terminal goes, as when its window is closed. */
  close(): void {
    spawnSync("tmux", ["-S", this.#socket, "kill-server"]);
  }

  [Symbol.dispose](): void {
    this.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #socket(): string {
    return join(this.#folder, "tmux");
  }

  #ask(format: string): string {
    return this.#do("display-message", "-p", format).trim();
  }

  #do(...args: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync("tmux", ["-S", this.#socket, ...args], {
      env: this.#env,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`tmux ${args.join(" ")}: ${stderr}`);
    return stdout;
  }
}
