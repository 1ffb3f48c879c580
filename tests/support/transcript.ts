/**
 * Reads the transcripts of documentation pages, and compares output with them.
 *
 * @module
 */

/** A command of a transcript and what it must do. */
export interface Step {
  readonly command: string;
  /** What another terminal does meanwhile. */
  readonly meanwhile: string | undefined;
  readonly out: readonly string[];
  readonly err: readonly string[];
  /** `undefined` where it goes on running. */
  readonly exit: number | undefined;
}

/** The steps of all fenced blocks with this info string, in order. */
export function readTranscripts(markdown: string, fences: readonly string[]): readonly Step[] {
  const blocks = markdown.matchAll(/^```(\S+)\n([\s\S]*?)^```$/gm);
  return [...blocks].flatMap(([, fence = "", body = ""]) =>
    fences.includes(fence) ? readSteps(body) : [],
  );
}

function readSteps(body: string): readonly Step[] {
  return body
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [command = "", ...lines] = text.trimEnd().split("\n");
      const marked = (mark: string) =>
        lines
          .filter((line) => line === mark || line.startsWith(`${mark} `))
          .map((line) => line.slice(mark.length + 2));
      const exit = lines.find((line) => line.startsWith("exit "));
      return {
        command,
        meanwhile: lines.find((line) => line.startsWith("then "))?.slice(5),
        out: marked("out"),
        err: marked("err"),
        exit: exit === undefined ? undefined : Number(exit.slice(5)),
      };
    });
}

const PLACEHOLDERS: Readonly<Record<string, string>> = {
  "<time>": "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z",
  "<hex64>": "[0-9a-f]{64}",
  "<fp>": "[0-9a-f]{8}",
  "<tag>": "[A-Za-z0-9_-]{16,}",
  "<req>": "req_[0-9A-HJKMNP-TV-Z]{26}",
  "<b64>": "[A-Za-z0-9+/]+=*",
  "<token>": "\\S+",
  "<id>": "\\S+",
  "<age>": "\\S+",
  "<n>": "\\d+(?:\\.\\d+)?",
  "<version>": "\\d+\\.\\d+\\.\\d+\\S*",
};

/** Whether text fits an expectation: placeholders stand for what differs from run to run. */
export function fits(actual: string, expected: string): boolean {
  const source = expected
    .split(/(<[a-z0-9]+>)/)
    .map((part) => PLACEHOLDERS[part] ?? part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("");
  return new RegExp(`^${source}$`, "u").test(actual);
}

/** The cells of a line of a table: they are two or more spaces apart. */
function cellsOf(line: string): readonly string[] {
  return line.trim().split(/ {2,}/);
}

/** What differs, in words; empty where the lines fit cell by cell. */
export function compareLines(actual: string, expected: readonly string[]): readonly string[] {
  const lines = actual === "" ? [] : actual.replace(/\n$/, "").split("\n");
  const faults = expected.flatMap((line, i) => {
    const wanted = cellsOf(line);
    const found = cellsOf(lines[i] ?? "");
    const isSame =
      wanted.length === found.length && wanted.every((cell, j) => fits(found[j] ?? "", cell));
    return isSame ? [] : [`line ${i + 1}: expected ${line}, got ${lines[i] ?? "nothing"}`];
  });
  const more = lines.slice(expected.length).map((line) => `not expected: ${line}`);
  return [...faults, ...more];
}
