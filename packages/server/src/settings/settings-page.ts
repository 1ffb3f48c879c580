import { SETTINGS_SCHEMA } from "./schema.ts";

/** A setting, for people. */
interface SettingRow {
  readonly path: string;
  readonly isBuilt: boolean;
  readonly default: string;
  readonly description: string;
}

/** The reference page of the settings, in Markdown: made from the schema, so that none is missing. */
export function settingsPage(): string {
  const rows = [...rowsBelow(SETTINGS_SCHEMA.jsonSchema({ flavour: "document" }), "")];
  const built = rows.filter(({ isBuilt }) => isBuilt).map(toBuiltLine);
  const others = rows.filter(({ isBuilt }) => !isBuilt).map(toUnbuiltLine);
  return `${HEAD}
| Setting | Variable | Default | Meaning |
| --- | --- | --- | --- |
${built.join("\n")}

## Specified, not built yet

Each of these is refused with its place, and never ignored.

| Setting | How it is meanwhile |
| --- | --- |
${others.join("\n")}
`;
}

/** What is read of a JSON Schema here. */
interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly default?: string | number;
  readonly description?: string;
  readonly "x-unbuilt"?: boolean;
}

function* rowsBelow({ properties = {} }: JsonSchema, prefix: string): Iterable<SettingRow> {
  for (const [name, schema] of Object.entries(properties)) {
    const path = `${prefix}${name}`;
    if (schema.properties !== undefined) yield* rowsBelow(schema, `${path}.`);
    else {
      yield {
        path,
        isBuilt: schema["x-unbuilt"] !== true,
        default: schema.default === undefined ? "" : `\`${schema.default}\``,
        description: schema.description ?? "",
      };
    }
  }
}

function toBuiltLine({ path, default: value, description }: SettingRow): string {
  const isForm = path === "schemaVersion"; // of a file alone
  const variable = isForm ? "" : `\`LLMCFG_${path.toUpperCase().replaceAll(".", "__")}\``;
  return `| \`${path}\` | ${variable} | ${value} | ${description} |`;
}

function toUnbuiltLine({ path, description }: SettingRow): string {
  return `| \`${path}\` | ${description} |`;
}

const HEAD = `# Settings of a server

\`llmcfg server start\` reads its settings from \`llmcfg.yaml\`, from variables and from flags. A flag wins over a variable, a variable over the
file, the file over the default.

\`\`\`yaml
schemaVersion: 1
http: { addr: "127.0.0.1:8420", publicUrl: "https://config.example.com" }
store: { url: "sqlite:/var/lib/llmcfg/store.db" }
log: { level: warn, format: json }
\`\`\`

- **Which file:** \`--config FILE\`, else the first of \`./llmcfg.yaml\`, \`$XDG_CONFIG_HOME/llmcfg/llmcfg.yaml\` and \`/etc/llmcfg/llmcfg.yaml\`. A server
  starts without any, too.
- **Variables:** \`LLMCFG_\` and the path, with \`__\` between levels: \`LLMCFG_HTTP__PUBLICURL=https://config.example.com\`. Those of the command line
  (\`LLMCFG_ADDR\`, \`LLMCFG_TOKEN\` and the others of \`llmcfg help environment\`) are none of them.
- **Check it first:** \`llmcfg server check-config [FILE]\` prints each fault as \`FILE:LINE:COL: error CODE POINTER: detail\` and exits with 7 where
  there is one. It looks at the variables too. \`-o json\` gives the same to programs.
- A key that no setting has is an error; a variable that no setting has is a warning, since others may use the prefix.

## What can be set
`;
