import { type Command, InvalidArgumentError, type Option } from "commander";

/** Has a command refuse its own options, and `--`, as values of others: a value that was forgotten takes no other word's place. */
export function refuseOptionsAsValues(command: Command): void {
  const names = new Set(["--", ...command.options.flatMap(({ short, long }) => [short, long])]);
  for (const option of command.options) {
    if (option.required) checkValue(option, names);
  }
}

function checkValue(option: Option, names: ReadonlySet<string | undefined>): void {
  const parse = option.parseArg ?? ((value) => value);
  option.argParser((value: string, previous: unknown) => {
    const [name] = value.split("=", 1);
    if (names.has(name)) throw new InvalidArgumentError(`Wanted a value before it.`);
    return parse(value, previous);
  });
}
