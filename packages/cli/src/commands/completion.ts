import { type Command, GLOBAL_FLAGS, type Run, usage } from "../command.ts";
import { COMMANDS } from "../commands.ts";

export const completion: Run = async ({ io, args }) => {
  const script = SCRIPTS[args[0] ?? ""];
  if (script === undefined)
    throw usage(`there is no script for ${args[0] ?? ""}`, "bash, zsh or fish");
  io.out(script(COMMANDS));
  return 0;
};

const SCRIPTS: Readonly<Record<string, (commands: readonly Command[]) => string>> = {
  bash: (commands) => `# llmcfg completion for bash: source <(llmcfg completion bash)
_llmcfg() {
  local word=\${COMP_WORDS[COMP_CWORD]} line="\${COMP_WORDS[*]:1:COMP_CWORD-1}"
  case "$line" in
${cases(commands)}
    *) COMPREPLY=($(compgen -W "${firstWords(commands).join(" ")}" -- "$word")) ;;
  esac
}
complete -F _llmcfg llmcfg
`,
  zsh: (commands) => `#compdef llmcfg
autoload -U +X bashcompinit && bashcompinit
${SCRIPTS["bash"]?.(commands) ?? ""}`,
  fish: (commands) =>
    [
      "# llmcfg completion for fish: llmcfg completion fish | source",
      "complete -c llmcfg -f",
      ...firstWords(commands).map(
        (word) => `complete -c llmcfg -n __fish_use_subcommand -a ${word}`,
      ),
      ...commands.flatMap(({ names, flags }) =>
        Object.keys({ ...flags, ...GLOBAL_FLAGS }).map(
          (flag) =>
            `complete -c llmcfg -n '__fish_seen_subcommand_from ${names.at(-1)?.at(-1) ?? ""}' -l ${flag}`,
        ),
      ),
      "",
    ].join("\n"),
};

function firstWords(commands: readonly Command[]): readonly string[] {
  const words = commands.flatMap(({ names }) => names.map(([word = ""]) => word));
  return [...new Set([...words, "help"])].toSorted();
}

/** After a whole command: its flags. After a noun: its verbs. */
function cases(commands: readonly Command[]): string {
  const whole = commands.flatMap(({ names, flags }) =>
    names.map((name) => {
      const words = Object.keys({ ...flags, ...GLOBAL_FLAGS }).map((flag) => `--${flag}`);
      return `    "${name.join(" ")}"*) COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$word")) ;;`;
    }),
  );
  const nouns = new Map<string, string[]>();
  for (const { names } of commands) {
    for (const [noun = "", verb] of names) {
      if (verb !== undefined) nouns.set(noun, [...(nouns.get(noun) ?? []), verb]);
    }
  }
  const verbs = [...nouns].map(
    ([noun, list]) => `    "${noun}") COMPREPLY=($(compgen -W "${list.join(" ")}" -- "$word")) ;;`,
  );
  return [...verbs, ...whole].join("\n");
}
