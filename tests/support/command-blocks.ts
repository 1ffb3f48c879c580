/**
 * Reads the shell commands that documentation pages tell their readers to run.
 *
 * @module
 */

/** A fenced block with commands. */
export interface CommandBlock {
  /** Of its first line within the page, from 1. */
  readonly line: number;
  readonly commands: readonly Command[];
}

export interface Command {
  readonly text: string;
  /** What the page shows of its output, line by line; `…` stands for anything. */
  readonly shown: readonly string[];
}

/**
 * The blocks marked `sh`, and those without a mark that begin with a prompt or with npm or npx.
 *
 * With prompts (`$ `), what follows a command is what it prints; without, each line is a command.
 */
export function readCommandBlocks(markdown: string): readonly CommandBlock[] {
  return [...markdown.matchAll(/^```(\S*)\n([\s\S]*?)^```$/gm)]
    .filter(([, mark, body = ""]) => mark === "sh" || (mark === "" && /^(?:\$|npx?) /.test(body)))
    .map(({ index, 2: body = "" }) => ({
      line: markdown.slice(0, index).split("\n").length + 1,
      commands: /^\$ /m.test(body) ? readTranscript(body) : readScript(body),
    }));
}

function readScript(body: string): readonly Command[] {
  const lines = body.trim().split("\n");
  return lines.map((line) => ({ text: line.replace(/ +# .*$/, ""), shown: [] }));
}

function readTranscript(body: string): readonly Command[] {
  return body
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const lines = text.trimEnd().split("\n");
      const end = lines.findIndex((line) => !line.endsWith("\\")); // the last line of the command
      return { text: lines.slice(0, end + 1).join("\n"), shown: lines.slice(end + 1) };
    });
}

/** What is shown and was not printed, in that order; empty where all of it was. */
export function missingFrom(printed: string, shown: readonly string[]): readonly string[] {
  const lines = printed.replaceAll("\r", "").split("\n");
  let from = 0;
  return shown.filter((line) => {
    const source = line.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    const pattern = new RegExp(`^${source.join(".*")}$`);
    const at = lines.findIndex((candidate, i) => i >= from && pattern.test(candidate));
    if (at >= 0) from = at + 1;
    return at < 0;
  });
}
