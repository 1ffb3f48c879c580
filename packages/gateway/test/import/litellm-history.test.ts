import { ConfigLoader, ConfigValidator, type Plan, planChange } from "@llmcfg/config";
import { isJsonObject, type Json } from "@llmcfg/core";
import { type GatewayConfig, gatewaySchema } from "@llmcfg/gateway";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { CORPUS, corpusText, importFile } from "../support/litellm-files.ts";
import { UNASKED } from "../support/load-document.ts";

/** The configurations that LiteLLM itself changed between its releases, with their revisions in order. */
const HISTORIES = [...Map.groupBy(released(), ({ name }) => name)].filter(
  ([, revisions]) => revisions.length > 1,
);

/** Each revision and the one that follows it. */
const STEPS = HISTORIES.flatMap(([name, revisions]) =>
  revisions.slice(1).map((next, i) => {
    const before = revisions[i] ?? next; // there is one before each that follows
    return [name, before.version, next.version, before.path, next.path] as const;
  }),
);

describe("the history of LiteLLM's own configurations", () => {
  test("has at least ten steps, some of which change what models there are", () => {
    const changing = STEPS.filter(
      ([, , , from, to]) => namesIn(from).toString() !== namesIn(to).toString(),
    );

    expect(STEPS.length).toBeGreaterThanOrEqual(10);
    expect(changing.length).toBeGreaterThanOrEqual(3);
  });

  test.each(STEPS)(
    "GWI-1 GWI-4 %s, %s to %s: the models that the plan names are those that the files have more or less",
    async (_name, _from, _to, fromPath, toPath) => {
      const [from, to] = [await servedFrom(fromPath), await servedFrom(toPath)];
      if (from === undefined || to === undefined) return; // without any provider it is refused

      const { valid, report, impact } = await planBetween(from.document, to.document);

      expect([valid, report.format()]).toEqual([true, expect.any(String)]);
      const subjects = (kind: Plan["impact"][number]["kind"]) =>
        impact.flatMap((one) => (one.kind === kind ? [one.subject] : [])).toSorted();
      expect(subjects("model_appears")).toEqual(missingIn(to.names, from.names));
      expect(subjects("model_vanishes")).toEqual(missingIn(from.names, to.names));
    },
  );

  test.each(STEPS)(
    "DIF-2 GWI-4 %s, %s to %s: there is no difference between a revision and itself",
    async (_name, _from, _to, _fromPath, toPath) => {
      const [once, twice] = [await servedFrom(toPath), await servedFrom(toPath)];
      if (once === undefined || twice === undefined) return;

      const { diff, impact } = await planBetween(once.document, twice.document);

      expect([diff.isEmpty, impact]).toEqual([true, []]);
    },
  );
});

interface Revision {
  readonly version: string;
  readonly name: string;
  readonly path: string;
}

function released(): readonly Revision[] {
  const revisions = CORPUS.flatMap((path): readonly Revision[] => {
    const [, version, name] = /^(\d+\.\d+\.\d+)\/(.+)$/.exec(path) ?? [];
    return version === undefined || name === undefined ? [] : [{ version, name, path }];
  });
  const byVersion = new Intl.Collator("en", { numeric: true });
  return revisions.toSorted((a, b) => byVersion.compare(a.version, b.version));
}

/** The public names of a file, whatever becomes of them. */
function namesIn(path: string): readonly string[] {
  const names = deployments(parsed(path)).map(({ name }) => name);
  return [...new Set(names)].toSorted();
}

/** A file, read by another parser than the importer's. */
function parsed(path: string): Json {
  return parse(corpusText(path), { version: "1.1", uniqueKeys: false }) as Json; // YAML gives JSON
}

function deployments(root: Json): readonly { readonly name: string; readonly place: string }[] {
  const list = isJsonObject(root) ? root["model_list"] : undefined;
  return (Array.isArray(list) ? list : []).flatMap((one: Json, i) => {
    const name = isJsonObject(one) ? one["model_name"] : undefined;
    return typeof name === "string" ? [{ name, place: `model_list[${i}].model_name` }] : [];
  });
}

interface Imported {
  readonly document: Json;
  /** The public names of the file, and their aliases, but for those that are kept without meaning. */
  readonly names: readonly string[];
}

async function servedFrom(path: string): Promise<Imported | undefined> {
  const { document, report } = await importFile(path, { literals: "redact" });
  if (document === undefined) return undefined;
  const served = new Set(
    report.entries.flatMap(({ from, to, disposition }) =>
      from?.endsWith(".model_name") === true && disposition !== "preserved" && to !== undefined
        ? [from]
        : [],
    ),
  );
  const root = parsed(path);
  const names = deployments(root).flatMap(({ name, place }) => (served.has(place) ? [name] : []));
  const aliases = isJsonObject(root) ? aliasesIn(root["router_settings"]) : [];
  return { document, names: [...new Set([...names, ...aliases])].toSorted() };
}

function aliasesIn(settings: Json | undefined): readonly string[] {
  const aliases = isJsonObject(settings) ? settings["model_group_alias"] : undefined;
  return isJsonObject(aliases) ? Object.keys(aliases) : [];
}

function missingIn(names: readonly string[], others: readonly string[]): readonly string[] {
  return names.filter((name) => !others.includes(name));
}

async function planBetween(from: Json, to: Json): Promise<Plan> {
  const { config } = await loaderOf(from).load({ resolveSecrets: false });
  const validator = new ConfigValidator(gatewaySchema);
  return await planChange({
    from: { config },
    to: loaderOf(to),
    validator,
    resolveSecrets: false,
  });
}

function loaderOf(document: Json): ConfigLoader<GatewayConfig> {
  const overrides = document as Parameters<ConfigLoader<GatewayConfig>["withOverrides"]>[0]; // it was imported
  return new ConfigLoader(gatewaySchema)
    .withOverrides(overrides)
    .withSecretsManager(UNASKED)
    .addEnv({ prefix: "NONE_", variables: variablesIn(document) });
}

/** A value for each variable that the document refers to: that of a URL fits texts of any kind. */
function variablesIn(document: Json): Readonly<Record<string, string>> {
  const names = JSON.stringify(document).matchAll(/\$\{env:([A-Za-z0-9_]+)/g);
  return Object.fromEntries([...names].map(([, name = ""]) => [name, "https://api.example.com"]));
}
