/**
 * What is wrong with the secrets of a candidate.
 *
 * @module
 */

import type { Json } from "@llmcfg/core";
import type { ConfigError } from "../errors.ts";
import type { TreeContext, ValueTree } from "../merge/tree.ts";
import { formatConfigPath, parseConfigPath } from "../paths/config-path.ts";
import { materialFaults, readMaterials } from "../references/material-faults.ts";
import { parseReferences } from "../references/reference.ts";
import type { HandleUse } from "../references/resolve-handles.ts";
import type { MaterialRule } from "../schema/config-schema.ts";
import type { SecretStore } from "../secrets/secret-store.ts";
import type { Fault } from "../validate/fault.ts";
import { faultsOfSecrets } from "../validate/json-schema/external-faults.ts";
import type { ExternalSchema } from "../validate/json-schema/external-schema.ts";

/** References that lead to no backend, whatever it would answer. */
export function unresolvableFaults(
  uses: readonly HandleUse[],
  store: SecretStore,
): readonly Fault[] {
  return uses.flatMap(({ segments, handle, tree: place }): readonly Fault[] => {
    const message = handle.kind === "secret" ? unresolvable(handle.reference, store) : undefined;
    if (message === undefined) return [];
    const { reference } = handle;
    const path = formatConfigPath(segments);
    return [
      {
        kind: "cross_field_validation",
        severity: "error",
        code: "unresolvable_reference",
        segments,
        message,
        hint: "configure a backend for it, or write ${env:NAME} or ${file:/path}",
        place,
        result: { type: "invalid_secret_reference", path, reference },
      },
    ];
  });
}

function unresolvable(text: string, store: SecretStore): string | undefined {
  const [part] = parseReferences(text);
  if (part?.type !== "reference") return undefined;
  const fault = store.faultOf(part.reference);
  return fault === undefined ? undefined : `${text} leads nowhere: ${fault}`;
}

/** @param block where the document says which backends there are */
export function backendsFault(
  { code, message, hint }: ConfigError,
  block: string | undefined,
): Fault {
  const segments = parseConfigPath(block ?? "");
  return { kind: "cross_field_validation", severity: "error", code, segments, message, hint };
}

export interface MaterialInput {
  readonly document: Json;
  readonly tree: ValueTree;
  readonly context: TreeContext;
  readonly rules: readonly MaterialRule[];
  readonly jsonSchemas: readonly ExternalSchema[];
  readonly signal: AbortSignal;
}

/** What can be told of secrets only once they are known, and not by each by itself. */
export async function checkMaterials(
  uses: readonly HandleUse[],
  { rules, jsonSchemas, signal, ...about }: MaterialInput,
): Promise<readonly Fault[]> {
  if (rules.length + jsonSchemas.length === 0) return [];
  const materials = await readMaterials(uses, signal);
  const input = { ...about, materials };
  return [...materialFaults(rules, input), ...faultsOfSecrets(jsonSchemas, input, materials)];
}
