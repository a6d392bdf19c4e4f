import type { DeclaredCommand, DeclaredOption, Values } from "./declared-commands.ts";

/** A completion script for bash, with or without the package bash-completion. */
export function bashCompletion(commands: readonly DeclaredCommand[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  return `# Completion of tt-memwatch for bash; made by: tt-memwatch completion bash
_tt_memwatch() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command= index operand=0
  COMPREPLY=()
  # bash takes --option=value apart into three words.
  if [[ $current == "=" ]]; then current=; elif [[ $previous == "=" ]]; then previous=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    case \${COMP_WORDS[index]} in
      --) _tt_memwatch_other $((index + 1)); return ;;
      =) index=$((index + 1)) ;;
      -*) if [[ \${COMP_WORDS[index + 1]} != "=" ]] && _tt_memwatch_takes_value "$command\${COMP_WORDS[index]}"; then index=$((index + 1)); fi ;;
      *) if [[ -z $command ]]; then command=\${COMP_WORDS[index]}; else operand=$((operand + 1)); fi ;;
    esac
  done
  if [[ -z $command ]]; then
    COMPREPLY=($(compgen -W '${names} --help --version' -- "$current"))
    return
  fi
  case $command$previous in
${commands.flatMap(valueCases).join("\n")}
  esac
  if [[ $current == -* ]]; then
    case $command in
${commands.map(optionCase).join("\n")}
    esac
    return
  fi
  case $command$operand in
${commands.flatMap(operandCases).join("\n")}
  esac
}

_tt_memwatch_takes_value() {
  case $1 in
    ${commands.flatMap(({ name, options }) => options.flatMap((option) => valuePatterns(name, option))).join(" | ")}) return 0 ;;
  esac
  return 1
}

# What follows \`--\` is completed as the command that it is.
_tt_memwatch_other() {
  if declare -F _comp_command_offset >/dev/null; then
    _comp_command_offset "$1"
  elif declare -F _command_offset >/dev/null; then
    _command_offset "$1"
  elif ((COMP_CWORD == $1)); then
    COMPREPLY=($(compgen -c -- "\${COMP_WORDS[COMP_CWORD]}"))
  else
    COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
  fi
}

complete -o filenames -F _tt_memwatch tt-memwatch
`;
}

function valueCases({ name, options }: DeclaredCommand): string[] {
  return options.flatMap((option) => valueCase(name, option));
}

function valueCase(command: string, option: DeclaredOption): string[] {
  const { value, isValueOptional } = option;
  if (value === null || isValueOptional) return [];
  return [`    ${valuePatterns(command, option).join(" | ")}) ${replyOf(value)}return ;;`];
}

/** The words, with the command's before each, after which a value has to follow. */
function valuePatterns(command: string, { names, value, isValueOptional }: DeclaredOption): string[] {
  return value === null || isValueOptional ? [] : names.map((name) => command + name);
}

function optionCase({ name, options }: DeclaredCommand): string {
  const words = options.flatMap(({ names }) => names).join(" ");
  return `      ${name}) COMPREPLY=($(compgen -W '${words}' -- "$current")) ;;`;
}

function operandCases({ name, operands, startsCommand }: DeclaredCommand): string[] {
  if (startsCommand) return [`    ${name}*) COMPREPLY=(--) ;;`];
  return operands.map((values, place) => `    ${name}${place}) ${replyOf(values)};;`);
}

function replyOf(values: Values): string {
  switch (values.kind) {
    case "words":
      return `COMPREPLY=($(compgen -W '${values.words.join(" ")}' -- "$current")); `;
    case "file":
      return 'COMPREPLY=($(compgen -f -- "$current")); ';
    case "anything":
      return "";
  }
}
