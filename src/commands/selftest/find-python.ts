import { z } from "zod";
import { printable } from "../../core/base/printable.ts";
import { type ProgramPlace, runProgram, whyEnded } from "./run-program.ts";

/** What `doctor` looks for too. */
const NAMES = ["python3", "python"];

const PROGRAM = `
import importlib.util, json, sys
print(json.dumps({"executable": sys.executable, **{name: importlib.util.find_spec(name) is not None for name in ("ttnn", "pytest")}}))
`;

const Answer = z.object({ executable: z.string(), ttnn: z.boolean(), pytest: z.boolean() });

/** A Python with ttnn and pytest, or why there is none and what to do. */
export type FoundPython =
  | { readonly kind: "python"; readonly command: string }
  | { readonly kind: "none"; readonly reason: string };

/** `named`: what the user named; null: the first on the PATH that has ttnn. */
export async function findPython(named: string | null, place: ProgramPlace): Promise<FoundPython> {
  const reasons: string[] = [];
  for (const name of named === null ? NAMES : [named]) {
    const other = await whatElse(name, place);
    if (other !== null) {
      reasons.push(other);
      continue;
    }
    const ended = await runProgram([name, "-c", PROGRAM], place);
    const answer = answerOf(ended.output);
    const shown = printable(name);
    if (answer === null) reasons.push(`${shown} is a Python that cannot run (${whyEnded(ended.output)})`);
    else if (!answer.ttnn) reasons.push(`${shown} (${printable(answer.executable)}) has no ttnn`);
    else if (!answer.pytest) return none(`${shown} has no pytest: ${shown} -m pip install pytest`);
    else return { kind: "python", command: name };
  }
  const todo = "activate the environment that has ttnn, or name its Python: tt-memwatch selftest -- PYTHON";
  return none(`${reasons.join(", ")}; ${todo}`);
}

/** Why a program is no Python; null: it is one. Another program's answer to Python code would be that code once more. */
async function whatElse(name: string, place: ProgramPlace): Promise<string | null> {
  const { exitCode, output } = await runProgram([name, "--version"], place);
  if (/^Python \d/m.test(output)) return null;
  const [said = ""] = output.trim().split("\n", 1);
  const shown = printable(name);
  if (exitCode === null && output.includes("ENOENT")) return `${shown} is not there`;
  if (exitCode === null) return `${shown} cannot be started (${whyEnded(output)})`;
  return `${shown} is no Python${said === "" ? "" : `: of its version it says ${JSON.stringify(whyEnded(said))}`}`;
}

function answerOf(output: string): z.infer<typeof Answer> | null {
  try {
    return Answer.parse(JSON.parse(output.trim().split("\n").at(-1) ?? ""));
  } catch {
    return null;
  }
}

function none(reason: string): FoundPython {
  return { kind: "none", reason };
}
