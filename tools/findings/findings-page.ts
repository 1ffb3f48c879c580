import type { ValidationReport } from "../../packages/config/src/index.ts";
import { AUDIT_CODES, ERROR_CODES } from "./error-codes.ts";
import { type ConfigExample, type FindingExample, PROVIDERS, QUIET } from "./finding-example.ts";
import { FINDING_EXAMPLES } from "./finding-examples.ts";
import { MEANINGS } from "./meanings.ts";
import { reportOf } from "./run-example.ts";

/** The reference page of findings, in Markdown: each code with an example and its report. */
export async function findingsPage(): Promise<string> {
  const entries: string[] = [];
  for (const example of FINDING_EXAMPLES) entries.push(await toEntry(example)); // one changes what can be imported
  return [HEAD, ...entries, errorsSection(), auditSection()].join("\n");
}

async function toEntry(example: FindingExample): Promise<string> {
  const { code, mend, note } = example;
  const report = await reportOf(example);
  requireProvoked(code, report);
  const blocks = [
    `## ${code}`,
    MEANINGS[code],
    mend,
    ...(note === undefined ? [] : [note]),
    ...("run" in example ? [example.shown] : shownParts(example)),
    fenced("text", report.format()),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function requireProvoked(code: string, report: ValidationReport): void {
  const isThere = [...report.errors, ...report.warnings].some((finding) => finding.code === code);
  if (!isThere) throw new Error(`the example of ${code} does not provoke it: ${report.format()}`);
}

/** The files, variables, options and rules of an example, as far as they are not told. */
function shownParts(example: ConfigExample): readonly string[] {
  const { yaml, path, loaded = {}, beside = {}, isTold, variables, options, jsonSchema } = example;
  const others = { ...loaded, ...(isTold === true ? {} : beside) };
  const names = Object.keys(others).length > 0 || path !== undefined;
  const first = typeof yaml === "string" && yaml !== "" ? { [path ?? "gateway.yaml"]: yaml } : {};
  const files = Object.entries({ ...first, ...others }).map(([name, text]) => {
    const block = fenced(languageOf(name), text);
    return names ? `\`${name}\`:\n\n${block}` : block;
  });
  const rules = Object.keys(example.rules ?? {});
  return [
    ...files,
    ...(variables === undefined ? [] : [fenced("sh", linesOf(variables))]),
    ...(options === undefined ? [] : [`Loaded with \`${literal(options)}\`.`]),
    ...(jsonSchema === undefined ? [] : [fenced("json", JSON.stringify(jsonSchema, null, 2))]),
    ...rules.map(
      (rule) => `With the rule \`${rule.replace(", ", "`, ")}${rule.includes(", ") ? "" : "`"}.`,
    ),
  ];
}

function languageOf(name: string): string {
  return /\.ya?ml$/.test(name) ? "yaml" : "text";
}

function linesOf(variables: Readonly<Record<string, string>>): string {
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)}`);
  return lines.join("\n");
}

function quoted(value: string): string {
  return /^[\w.:/-]*$/.test(value) ? value : `'${value}'`;
}

/** As one writes it in TypeScript. */
function literal(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll(/"(\w+)":/g, " $1: ")
    .replaceAll("}", " }");
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}

function errorsSection(): string {
  const text =
    "What is thrown as a `ConfigError` with one of these codes is no finding about the configuration.";
  return `# Errors\n\n${text}\n\n${table(ERROR_CODES)}`;
}

function auditSection(): string {
  const text = "What `llmcfg gateway audit-verify` says of an audit log.";
  return `# Findings in audit logs\n\n${text}\n\n${table(AUDIT_CODES)}`;
}

function table(codes: Readonly<Record<string, string>>): string {
  const rows = Object.entries(codes).map(([code, text]) => `| \`${code}\` | ${text} |`);
  return `${["| code | what it means |", "| --- | --- |", ...rows].join("\n")}\n`;
}

const HEAD = `# Findings

What loading, validation and reloads say about a gateway's configuration, by code: what it means, what is to be done, an example that
provokes it, and the whole report that the example gives. Examples that name no providers stand above these, and with
\`${QUIET.trim()}\` where they say nothing else of \`security\`:

${fenced("yaml", PROVIDERS)}
`;
