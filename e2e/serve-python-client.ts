import type { ServerAnswer } from "../src/in/wire/server-requests.ts";
import { Program, type Serving } from "./serve-program.ts";

/** Gives Python `connect`, `allocate` and `wait` for a line of input. */
export const PRELUDE = `
import os, signal, socket, struct, sys
def connect():
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    return s
def allocate(s, address, pid=None):
    s.sendall(struct.pack("<B3xiQB3xiQQ13Q", 1, 0, 4096, 0, os.getpid() if pid is None else pid, address, 1, *[0] * 13))
def say(*words):
    # At once: a server that speaks into the same pipe would come in between.
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())
def wait():
    sys.stdin.readline()
`;

/** A Python program that is a client. */
export function client(serving: Serving, script: string, launcher: readonly string[] = []): Program {
  return new Program([...launcher, "python3", "-c", PRELUDE + script, serving.path]);
}

export const HOLD = "s = connect()\nallocate(s, 0x1000)\nsay('PID', os.getpid())\nwait()\n";

export function pick<K extends ServerAnswer["kind"]>(answers: readonly ServerAnswer[], kind: K) {
  return answers.filter((answer): answer is Extract<ServerAnswer, { kind: K }> => answer.kind === kind);
}

export async function dump(serving: Serving): Promise<ServerAnswer[]> {
  return serving.ask({ request: "dump", listedMax: null, since: null });
}

/** The pids that hold each address. */
export async function holders(serving: Serving): Promise<[string, number][]> {
  return pick(await dump(serving), "buffer").map(({ address, pid }) => [address, pid]);
}

export async function pidOf(program: Program): Promise<number> {
  const [, pid] = await program.sees(/PID (\d+)/);
  return Number(pid);
}
