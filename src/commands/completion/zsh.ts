import type { DeclaredCommand, DeclaredOption, Values } from "./declared-commands.ts";

/** A completion function for zsh, to be found by its name \`_tt-memwatch\` in a folder of \`fpath\`. */
export function zshCompletion(commands: readonly DeclaredCommand[]): string {
  return `#compdef tt-memwatch
# Completion of tt-memwatch for zsh; made by: tt-memwatch completion zsh

_tt-memwatch() {
  local -a commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`).join("\n")}
  )
  local context state state_descr line
  typeset -A opt_args
  _arguments -C '(-h --help)'{-h,--help}'[show help]' '(-V --version)'{-V,--version}'[show the versions of its parts]' \\
    '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $line[1] in
${commands.map(commandCase).join("\n")}
      esac
      ;;
  esac
}

if [[ $funcstack[1] == _tt-memwatch ]]; then _tt-memwatch "$@"; else compdef _tt-memwatch tt-memwatch; fi
`;
}

function commandCase({ name, options, operands, startsCommand }: DeclaredCommand): string {
  const specs = [
    ...options.flatMap(optionSpecs),
    ...operands.map((values, place) => quoted(`${place + 1}:argument:${actionOf(values)}`)),
    ...(startsCommand ? [quoted("*:::command:_normal")] : []),
  ];
  return `        ${name})\n          _arguments -S ${specs.join(" \\\n            ")}\n          ;;`;
}

function optionSpecs({ names, description, value, isValueOptional }: DeclaredOption): string[] {
  const others = names.length > 1 ? `(${names.join(" ")})` : "";
  const text = `[${description.replaceAll(/[[\]:]/g, "\\$&")}]`;
  const argument = value === null ? "" : `${isValueOptional ? "::" : ":"}value:${actionOf(value)}`;
  return names.map((name) => {
    const mark = value !== null && name.startsWith("--") ? (isValueOptional ? "=-" : "=") : "";
    return quoted(`${others}${name}${mark}${text}${argument}`);
  });
}

function actionOf(values: Values): string {
  switch (values.kind) {
    case "words":
      return `(${values.words.join(" ")})`;
    case "file":
      return "_files";
    case "anything":
      return " ";
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
