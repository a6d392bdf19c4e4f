import type { DeclaredCommand, DeclaredOption, Values } from "./declared-commands.ts";

/** A completion script for fish. */
export function fishCompletion(commands: readonly DeclaredCommand[]): string {
  const lines = commands.flatMap((command) => [
    `complete -c tt-memwatch -n __tt_memwatch_wants_command -f -a ${command.name} -d ${quoted(command.summary)}`,
    ...command.options.map((option) => optionLine(command.name, option)),
    ...command.operands.flatMap((values) => operandLine(command.name, values)),
  ]);
  return `# Completion of tt-memwatch for fish; made by: tt-memwatch completion fish
function __tt_memwatch_words --description 'the words before the cursor that are not options, after the program'
    commandline -poc | string match -v -- '-?*'
end

function __tt_memwatch_wants_command
    test (count (__tt_memwatch_words)) -eq 1
end

function __tt_memwatch_is --description 'whether it is this command, before any --'
    set -l words (__tt_memwatch_words)
    test (count $words) -ge 2; and test $words[2] = $argv[1]; and not contains -- -- (commandline -poc)
end

function __tt_memwatch_other --description 'completes the command that follows --'
    set -l words (commandline -poc)
    set -l rest $words[(math (contains -i -- -- $words) + 1)..-1]
    complete -C (string join ' ' -- (string escape -- $rest) (commandline -ct | string escape))
end

complete -c tt-memwatch -f
complete -c tt-memwatch -n __tt_memwatch_wants_command -s h -l help -d 'show help'
complete -c tt-memwatch -n __tt_memwatch_wants_command -s V -l version -d 'show the versions of its parts'
complete -c tt-memwatch -n 'contains -- -- (commandline -poc)' -a '(__tt_memwatch_other)'
${lines.join("\n")}
`;
}

function optionLine(command: string, { names, description, value, isValueOptional }: DeclaredOption): string {
  const flags = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const argument = value === null ? "" : ` ${isValueOptional ? "" : "-r "}${actionOf(value)}`;
  return `complete -c tt-memwatch -n '__tt_memwatch_is ${command}' ${flags.join(" ")}${argument} -d ${quoted(description)}`;
}

function operandLine(command: string, values: Values): string[] {
  if (values.kind === "anything") return [];
  return [`complete -c tt-memwatch -n '__tt_memwatch_is ${command}' ${actionOf(values)}`];
}

function actionOf(values: Values): string {
  switch (values.kind) {
    case "words":
      return `-f -a ${quoted(values.words.join(" "))}`;
    case "file":
      return "-F";
    case "anything":
      return "-f";
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
