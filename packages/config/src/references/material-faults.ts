import type { Json } from "@llmcfg/core";
import { locate } from "../merge/locate.ts";
import type { TreeContext, ValueTree } from "../merge/tree.ts";
import { parseConfigPath } from "../paths/config-path.ts";
import type { MaterialRule } from "../schema/config-schema.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import type { Fault } from "../validate/fault.ts";
import { readQuietly } from "../values/secret-handle.ts";
import type { SecretRef } from "../values/secret-ref.ts";
import type { HandleUse } from "./resolve-handles.ts";

/** What handles stand for, while it is checked. */
export type Materials = ReadonlyMap<SecretRef, string>;

/** Those of the handles that can be resolved; of the others somebody else has spoken. */
export async function readMaterials(
  uses: readonly HandleUse[],
  signal: AbortSignal,
): Promise<Materials> {
  const handles = new Set(uses.map(({ handle }) => handle));
  const read = [...handles].map(async (handle) => {
    try {
      return [[handle, await readQuietly(handle, { signal })] as const];
    } catch {
      signal.throwIfAborted();
      return [];
    }
  });
  return new Map((await Promise.all(read)).flat());
}

export interface MaterialInput {
  /** With all defaults in. */
  readonly document: Json;
  readonly tree: ValueTree;
  readonly context: TreeContext;
  readonly materials: Materials;
}

/** What the rules of a schema say of materials that they look at together. */
export function materialFaults(
  rules: readonly MaterialRule[],
  input: MaterialInput,
): readonly Fault[] {
  return rules.flatMap((rule) =>
    [...rule.places(input.document)].flatMap((paths) => faultsOf(rule, paths, input)),
  );
}

function faultsOf(
  rule: MaterialRule,
  paths: readonly ConfigPath[],
  { tree, context, materials }: MaterialInput,
): readonly Fault[] {
  const places = paths.map((path) => {
    const segments = parseConfigPath(path);
    return { segments, place: locate(tree, context, segments).tree };
  });
  const texts = places.flatMap(({ place }) => textOf(place, materials) ?? []);
  const [first, ...related] = places;
  if (first === undefined || texts.length < places.length) return [];
  const message = rule.check(texts);
  if (message === undefined) return [];
  const { code, severity = "error", hint } = rule;
  const kind = "cross_field_validation";
  return [{ kind, severity, code, message, hint, ...first, related }];
}

function textOf(place: ValueTree | undefined, materials: Materials): string | undefined {
  if (place?.type !== "scalar") return undefined;
  if (place.secret !== undefined) return materials.get(place.secret);
  return typeof place.value === "string" ? place.value : undefined;
}
