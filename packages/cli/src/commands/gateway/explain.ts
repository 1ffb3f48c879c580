import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { type Explanation, formatConfigPath, parseConfigPath } from "@llmcfg/config";
import { formatPosition } from "@llmcfg/config/sources";
import { printable, wrapWords } from "@llmcfg/core";
import { type Invocation, type Run, usage } from "../../command.ts";
import type { Io } from "../../io.ts";
import { printAnswer } from "../../output/print.ts";
import { lookOf } from "./look-of.ts";
import { openGateway } from "./open-gateway.ts";
import { withConfigErrors } from "./with-config-errors.ts";

const NOT_FOUND = 3;

/** Says which layers speak about a value, which one wins and why; secrets are not resolved. */
export const explain: Run = withConfigErrors(async (invocation: Invocation) => {
  const [path, ...files] = invocation.args;
  if (path === undefined)
    throw usage("name a path: llmcfg gateway explain server.port gateway.yaml");
  await refuseSwapped(path, files, invocation.io);
  const { loader } = openGateway(files, invocation);
  const { signal } = invocation.io;
  const loaded = await loader.load({ resolveSecrets: false, signal });
  const explained = loaded.explain(path);
  const order = loader.precedence().map(({ source }) => source);
  await printAnswer(invocation.io, invocation.output, {
    raw: JSON.stringify({ ...toBody(explained), precedence: order }),
    text: () => {
      const text = explained.format(lookOf(invocation));
      const precedence = wrapWords(`precedence: ${order.join(" > ")}`, {
        width: invocation.io.columns,
        indent: 2,
      });
      return `${printableLines(text)}\n\n${printable(precedence.join("\n"))}\n`;
    },
  });
  return isPlace(explained, (place) => loaded.explain(place)) ? 0 : NOT_FOUND;
});

/** Where the first argument is a file and one of the others is none. */
async function refuseSwapped(path: string, files: readonly string[], { cwd }: Io): Promise<void> {
  const isFile = async (name: string) =>
    await access(resolve(cwd, name)).then(
      () => true,
      () => false,
    );
  if (!(await isFile(path))) return;
  for (const file of files) {
    if (await isFile(file)) continue;
    const call = `llmcfg gateway explain ${file} ${path}`;
    throw usage(`the path comes before the files, and ${path} is a file`, call);
  }
}

/** Whether the configuration has the place, with a value or without: an item has to be there. */
function isPlace(
  { found, field, path }: Explanation,
  explainPlace: (path: string) => Explanation,
): boolean {
  if (found) return true;
  const segments = parseConfigPath(path);
  const items = segments.flatMap(({ type }, index) =>
    type === "member" ? [] : [formatConfigPath(segments.slice(0, index + 1))],
  );
  return field !== undefined && items.every((item) => explainPlace(item).found);
}

/** Colours stay; anything else that a terminal would obey does not. */
function printableLines(text: string): string {
  return text
    .split("\n")
    .map((line) => (line.includes("\u001b[") ? line : printable(line)))
    .join("\n");
}

function toBody(explained: Explanation): object {
  const { path, found, value, field, layers, leaves, moreLeaves } = explained;
  const { references, nearMisses } = explained;
  const shown = layers.map((layer) => ({
    ...layer,
    at: layer.position === undefined ? null : formatPosition(layer.position),
  }));
  const below = leaves.map((leaf) => ({ ...leaf, at: formatPosition(leaf.position) }));
  const about = { path, found, value, field, layers: shown, leaves: below, moreLeaves };
  return { ...about, references, nearMisses };
}
