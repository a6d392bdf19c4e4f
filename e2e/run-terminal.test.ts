import assert from "node:assert/strict";
import { test } from "node:test";
import { onMockDevice } from "./mock-device.ts";
import { LEAKING_TEST, makeSuite, NEWEST, type Place, PROGRAM, programOf } from "./run-harness.ts";
import { Program } from "./serve-program.ts";

const ESCAPE = "\u001b";
const PYTEST = programOf(NEWEST, "pytest");
const PYTHON = programOf(NEWEST, "python");

/**
 * Runs a command on a terminal of its own and copies what it shows. Types argument 2 whenever it shows argument 1.
 * The terminal is the command's controlling one, so Ctrl-C reaches every process on it, as it does for people.
 */
const ON_TERMINAL = `
import fcntl, os, pty, struct, sys, termios
cue, keys, *command = map(os.fsencode, sys.argv[1:])
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    os.execvp(command[0], command)
shown, answered = b"", 0
while True:
    try: chunk = os.read(terminal, 65536)
    except OSError: break
    if not chunk: break
    os.write(1, chunk)
    shown += chunk
    while shown.count(cue) > answered:
        answered += 1
        os.write(terminal, keys)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

interface Typing {
  readonly cue: string;
  readonly keys: string;
}

const INTERRUPT: Typing = { cue: "WAITING", keys: "\u0003" };

/** `tt-memwatch run` on a terminal. */
function onTerminal(
  flags: readonly string[],
  command: readonly string[],
  { cue, keys, cwd, env }: Partial<Typing> & Place,
) {
  const inner = [PROGRAM, "run", ...flags, "--", ...command];
  const terminal = [PYTHON, "-c", ON_TERMINAL, cue ?? "no cue", keys ?? "", ...inner];
  return new Program(["env", "-C", cwd, ...terminal], onMockDevice({ TERM: "xterm", ...env })).end();
}

test("on a terminal a line at the bottom shows the tests, what is held and the findings, and is gone at the end", async () => {
  // The test goes on once the line names it.
  const cwd = makeSuite({ "test_a.py": `${LEAKING_TEST}    input()\n` });
  const { stdout } = await onTerminal([], [PYTEST, "-s"], { cwd, cue: "to judge   test_a.py::test_leak", keys: "\n" });
  assert.match(stdout, /tt-memwatch {2}0\/1 tests +nothing held +0 to judge +test_a\.py::test_leak/);
  const shown = stdout.lastIndexOf("tt-memwatch  ");
  const released = stdout.lastIndexOf(`${ESCAPE}[r`);
  assert.ok(shown < released && released < stdout.indexOf("SUSPECT"));
});

test("the report is coloured on a terminal, unless NO_COLOR or --color says otherwise", async () => {
  const cwd = makeSuite({});
  const colored = new RegExp(`${ESCAPE}\\[[\\d;]*m[^\\n]*nothing was checked`);
  assert.match((await onTerminal([], ["true"], { cwd })).stdout, colored);
  assert.doesNotMatch((await onTerminal([], ["true"], { cwd, env: { NO_COLOR: "1" } })).stdout, colored);
  assert.doesNotMatch((await onTerminal(["--color", "never"], ["true"], { cwd })).stdout, colored);
});

test("--no-status keeps the terminal as it is", async () => {
  const end = await onTerminal(["--no-status", "--color", "never"], ["true"], { cwd: makeSuite({}) });
  assert.match(end.stdout, /nothing was checked/);
  assert.ok(!end.stdout.includes(ESCAPE));
});

test("Ctrl-C typed once interrupts pytest once: its fixtures are torn down and the report follows", async () => {
  const body = `
import pytest, time

@pytest.fixture
def slow():
    yield
    print("TORN DOWN", flush=True)

def test_wait(tensor, slow):
    print("WAITING", flush=True)
    # The kernel may give the signal to another thread: then Python sees it when the sleep is over.
    while True: time.sleep(1)
`;
  const end = await onTerminal([], [PYTEST, "-s"], {
    cwd: makeSuite({ "test_a.py": LEAKING_TEST, "test_b.py": body }),
    ...INTERRUPT,
  });
  assert.equal(end.exitCode, 2, end.stdout);
  assert.match(end.stdout, /TORN DOWN[\s\S]*KeyboardInterrupt[\s\S]*SUSPECT/);
});

test("Ctrl-C typed again and again ends a command that goes on, and what was seen is reported", async () => {
  // A terminal forgets what is shown while Ctrl-C is typed, and faster than people type it is one Ctrl-C.
  const body = `
import signal, time

def goes_on(*_):
    time.sleep(0.3)
    print("WAITING", flush=True)

def test_wait(tensor):
    signal.signal(signal.SIGINT, goes_on)
    print("WAITING", flush=True)
    while True: time.sleep(0.1)
`;
  const suite = makeSuite({ "test_a.py": LEAKING_TEST, "test_b.py": body });
  const end = await onTerminal(["--color", "never"], [PYTEST, "-s"], { cwd: suite, ...INTERRUPT });
  assert.equal(end.exitCode, 143, end.stdout);
  assert.match(end.stdout, /SUSPECT +.*test_a\.py::test_leak/);
});
