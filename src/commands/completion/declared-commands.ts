import type { Argument, Command, Option } from "commander";

/** What may stand in the place of a value or an operand. */
export type Values =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "file" }
  | { readonly kind: "anything" };

export interface DeclaredOption {
  /** As they are typed: `-q`, `--quiet`. */
  readonly names: readonly string[];
  readonly description: string;
  /** Null for an option without a value. */
  readonly value: Values | null;
  /** Whether the value may be left out. */
  readonly isValueOptional: boolean;
}

export interface DeclaredCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly DeclaredOption[];
  /** By position. */
  readonly operands: readonly Values[];
  /** Whether another command follows, with options of its own. */
  readonly startsCommand: boolean;
}

const ANYTHING: Values = { kind: "anything" };

/** Commands, options and operands as they are declared, in the order of the help. */
export function declaredCommands(program: Command): DeclaredCommand[] {
  const declared = program.createHelp().visibleCommands(program).map(declaredCommand);
  const names: Values = { kind: "words", words: declared.map(({ name }) => name) };
  return declared.map((command) => (command.name === HELP_COMMAND ? { ...command, operands: [names] } : command));
}

/** Commander's own, whose operand is a command. */
const HELP_COMMAND = "help";

function declaredCommand(command: Command): DeclaredCommand {
  return {
    name: command.name(),
    summary: command.summary() || command.description(),
    options: command.createHelp().visibleOptions(command).map(declaredOption),
    operands: command.registeredArguments.filter(({ variadic }) => !variadic).map(operandOf),
    startsCommand: command.registeredArguments.some(({ variadic }) => variadic),
  };
}

function declaredOption(option: Option): DeclaredOption {
  return {
    names: [option.short, option.long].filter((name) => name !== undefined && name !== null),
    description: option.description,
    value: option.required || option.optional ? valuesOf(option.argChoices, option.flags) : null,
    isValueOptional: option.optional,
  };
}

function operandOf(argument: Argument): Values {
  return valuesOf(argument.argChoices, `<${argument.name()}>`);
}

/** `text` has what the help calls the value. */
function valuesOf(choices: readonly string[] | undefined, text: string): Values {
  if (choices !== undefined) return { kind: "words", words: choices };
  return /[<[](file|path)[>\]]/.test(text) ? { kind: "file" } : ANYTHING;
}
