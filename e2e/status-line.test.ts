import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { it } from "node:test";
import { Screen } from "../fixtures/terminal/screen.ts";
import { ENVIRONMENT } from "./environment.ts";

const COLUMNS = 60;

/** Paints on its own terminal while a child writes to it, before and after the terminal changes its size. */
const PROGRAM = `
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { StatusLine, systemClock } from ${JSON.stringify(new URL("../src/out/live/status-line.ts", import.meta.url).href)};

const line = new StatusLine(process.stdout, { term: process.env.TERM, color: true, clock: systemClock });
const show = (testsDone) => line.update({ testsDone, testsTotal: 9, heldBytes: {}, growths: 0, running: null });
const child = (text) => execFileSync("sh", ["-c", \`for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "\${text} $i"; done\`], { stdio: "inherit" });

show(1);
child("first");
const resized = once(process.stdout, "resize");
process.stdout.write("RESIZE\\n");
// A signal alone does not keep the process alive.
const alive = setInterval(() => {}, 1000);
await resized;
clearInterval(alive);
child("second");
process.stdout.write("LOOK\\n");
line.close();
child("third");
`;

/** Runs a command on a new terminal, makes it higher when told to, and gives all that was written to it. */
const ON_A_TERMINAL = `
import fcntl, os, pty, struct, sys, termios

def resize(rows):
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, ${COLUMNS}, 0, 0))

master, slave = pty.openpty()
resize(8)
child = os.fork()
if child == 0:
    os.login_tty(slave) if hasattr(os, "login_tty") else (os.setsid(), fcntl.ioctl(slave, termios.TIOCSCTTY, 0), [os.dup2(slave, fd) for fd in (0, 1, 2)])
    os.execvp(sys.argv[1], sys.argv[1:])
os.close(slave)
output = b""
is_resized = False
while True:
    try:
        piece = os.read(master, 65536)
    except OSError:
        break
    if not piece:
        break
    output += piece
    if b"RESIZE" in output and not is_resized:
        is_resized = True
        resize(10)
_, status = os.waitpid(child, 0)
sys.stdout.buffer.write(output)
sys.exit(os.waitstatus_to_exitcode(status))
`;

it("on a real terminal, keeps its row while a child writes and the size changes, and gives it back", {
  timeout: 60_000,
}, () => {
  const command = [process.execPath, "--input-type=module", "--eval", PROGRAM];
  const output = execFileSync("python3", ["-c", ON_A_TERMINAL, ...command], {
    encoding: "utf8",
    env: { ...ENVIRONMENT, TERM: "xterm" },
  });
  const [first = "", second = "", third = ""] = output.split(/(?:RESIZE|LOOK)\r\n/);
  const screen = new Screen(8, COLUMNS);
  const status = "tt-memwatch  1/9 tests   nothing held   0 to judge";
  const numbered = (name: string, from: number) =>
    Array.from({ length: 13 - from }, (_, index) => `${name} ${from + index}`);

  screen.feed(first);
  assert.deepEqual(screen.lines, [...numbered("first", 7), "", status]);
  screen.feed("RESIZE\r\n");
  screen.resize(10);
  screen.feed(second);
  assert.deepEqual(screen.lines, [...numbered("second", 5), "", status]);
  screen.feed(third);
  assert.deepEqual(screen.lines, [...numbered("third", 4), ""]);
  assert.ok(screen.isWholeScreenScrolling);
});
