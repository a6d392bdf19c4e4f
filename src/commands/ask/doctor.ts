import { styleText } from "node:util";
import { ExitCode } from "../../core/model/exit-code.ts";
import type { CommandRow } from "../command-row.ts";
import type { Io } from "../io.ts";
import { hasColor } from "../run/outputs.ts";
import { declareSocketFlag } from "../socket-option.ts";
import { tracerLibrary } from "../tracer-library.ts";
import {
  checkLimits,
  checkNode,
  checkServer,
  checkSharedMemory,
  checkTracer,
  checkTtnn,
  checkVariables,
  type SetupCheck,
} from "./doctor-checks.ts";
import { declareJsonFlag, parseAskOptions } from "./options.ts";

const MARKS = { ok: "✓", note: "·", wrong: "✗" } as const;
const STYLES = { ok: "green", note: "dim", wrong: "red" } as const;

export const doctorCommand: CommandRow = {
  name: "doctor",
  summary: "check this machine's setup, in one screen",
  declare: (command) =>
    declareJsonFlag(declareSocketFlag(command))
      .usage("[options]")
      .addHelpText("after", "\nThe exit code is 1 if anything is wrong (✗)."),
  run: async (flags, _operands, io) => {
    const { socketPath, isJson } = parseAskOptions(flags, io);
    const checks = [
      checkNode(process.versions.node),
      ...(await checkServer(socketPath)),
      ...checkVariables(io.env),
      await checkTtnn(io.env),
      await checkTracer(tracerLibrary(), io.env),
      checkSharedMemory(),
      ...checkLimits(),
    ];
    io.stdout.write(isJson ? `${JSON.stringify({ checks }, null, 2)}\n` : doctorText(checks, io));
    return checks.some(({ state }) => state === "wrong") ? ExitCode.findings : ExitCode.clean;
  },
};

function doctorText(checks: readonly SetupCheck[], io: Io): string {
  const isColored = hasColor("auto", io.stdout, io.env);
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.map(({ name, state, text }) => {
    const mark = isColored ? styleText(STYLES[state], MARKS[state], { validateStream: false }) : MARKS[state];
    return `${mark} ${name.padEnd(width)}  ${text}\n`;
  });
  return lines.join("");
}
