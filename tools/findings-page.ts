import {
  ConfigLoader,
  ConfigValidationError,
  type ValidationReport,
} from "../packages/config/src/index.ts";
import { gatewaySchema } from "../packages/gateway/src/index.ts";
import { FINDING_EXAMPLES, type FindingExample, PROVIDERS } from "./finding-examples.ts";

/** The reference page of findings, in Markdown: each code with an example and its report. */
export async function findingsPage(): Promise<string> {
  const entries = await Promise.all(FINDING_EXAMPLES.map(toEntry));
  return `${HEAD}\n${entries.join("\n")}`;
}

async function toEntry(example: FindingExample): Promise<string> {
  const report = await reportOf(example);
  const found = [...report.errors, ...report.warnings].filter(({ code }) => code === example.code);
  if (found.length === 0)
    throw new Error(`the example of ${example.code} does not provoke it: ${report.format()}`);
  const text = report.format();
  return `## ${example.code}\n\n${example.mend}\n\n\`\`\`yaml\n${example.yaml}\`\`\`\n\n\`\`\`text\n${text}\n\`\`\`\n`;
}

/** Everything that validation says of an example, from a file that exists in memory alone. */
export async function reportOf(example: FindingExample): Promise<ValidationReport> {
  const { yaml, isWhole = false, variables = {} } = example;
  const quiet = /^security:/m.test(yaml)
    ? ""
    : "security: { authentication: { enabled: false } }\n";
  const text = `${yaml}${isWhole ? "" : PROVIDERS}${quiet}`;
  const loader = new ConfigLoader(gatewaySchema, { fs: memoryFile(text) })
    .addFile("gateway.yaml")
    .addEnv({ variables });
  try {
    return (await loader.load({ resolveSecrets: false })).report;
  } catch (error) {
    if (error instanceof ConfigValidationError) return error.report;
    throw error;
  }
}

type FileSystem = NonNullable<NonNullable<ConstructorParameters<typeof ConfigLoader>[1]>["fs"]>;

function missing(path: string): Promise<never> | undefined {
  if (!path.endsWith("/missing")) return undefined;
  return Promise.reject(Object.assign(new Error(`no such file: ${path}`), { code: "ENOENT" }));
}

/** One file, which every path but absent ones leads to. */
function memoryFile(text: string): FileSystem {
  const bytes = new TextEncoder().encode(text);
  const about = { dev: 1n, ino: 1n, size: BigInt(bytes.length), mtimeNs: 1n, ctimeNs: 1n };
  return {
    readFile: (path) => missing(path) ?? Promise.resolve(bytes),
    stat: (path) => missing(path) ?? Promise.resolve(about),
    realpath: (path) => missing(path) ?? Promise.resolve(path),
    readdir: () => Promise.resolve([]),
    watch: () => ({ [Symbol.dispose]: () => {} }),
  };
}

const HEAD = `# Findings

What validation says about a gateway's configuration, by code: how it is mended, an example that provokes it, and the report that the
example gives. Most examples stand beside these providers, and with \`security: { authentication: { enabled: false } }\` where they say nothing
else of \`security\`:

\`\`\`yaml
${PROVIDERS}\`\`\`
`;
