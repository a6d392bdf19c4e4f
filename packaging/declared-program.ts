import type { Command } from "commander";
import { wholeProgram } from "../src/commands/declare-program.ts";
import { Faults } from "../src/commands/own-faults.ts";

/** The program with all its commands, to read what they declare. */
export function declaredProgram(): Promise<Command> {
  const { env, stdout, stderr } = process;
  return wholeProgram({ env, cwd: process.cwd(), stdout, stderr, faults: new Faults(stderr) });
}
