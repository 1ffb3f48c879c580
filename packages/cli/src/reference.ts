import { type Command, type Flags, flagForm, formatsOf, GLOBAL_FLAGS } from "./command.ts";
import { TOPICS } from "./help.ts";

/** `docs/reference/cli.md`: every command with its flags, the global flags and the help topics. */
export function referencePage(commands: readonly Command[]): string {
  const shown = commands.filter(({ isHidden }) => isHidden !== true);
  return `# Command line

<!-- Made from the table of commands: npm run docs. -->

\`llmcfg COMMAND --help\` says the same at a terminal. Global flags stand in any position.

${shown.map(sectionOf).join("\n")}
## Global flags

${flagList(GLOBAL_FLAGS)}
${[...TOPICS].map(([name, { brief, text }]) => topicOf(name, brief, text)).join("\n")}`;
}

function sectionOf(command: Command): string {
  const names = command.names.map((name) => `llmcfg ${name.join(" ")}`);
  const [first = "", ...others] = names;
  const call = [first, ...command.args].join(" ");
  const also = others.map((name) => ` · also \`${name}\``).join("");
  return `## ${first}

${command.brief}.

\`${call}\`${also}

\`\`\`sh
${command.examples.join("\n")}
\`\`\`

Output: ${formatsOf(command).join(", ")}.
${Object.keys(command.flags).length === 0 ? "" : `\n${flagList(command.flags)}`}`;
}

function flagList(flags: Flags): string {
  const lines = Object.entries(flags).map(
    ([name, flag]) => `- \`${flagForm(name, flag).trim()}\`: ${flag.brief}\n`,
  );
  return lines.join("");
}

function topicOf(name: string, brief: string, text: string): string {
  return `## ${name}

${brief.charAt(0).toUpperCase()}${brief.slice(1)} (\`llmcfg help ${name}\`).

\`\`\`text
${text}\`\`\`
`;
}
