import { finishImport } from "../finish-import.ts";
import { forbiddenMembers } from "../forbidden-member.ts";
import type { ImportInput, ImportOptions, ImportResult } from "../foreign.ts";
import { mapAliases } from "./map-aliases.ts";
import { mapBudgets } from "./map-budgets.ts";
import { mapCache } from "./map-cache.ts";
import { mapCallbacks } from "./map-callbacks.ts";
import { mapDeployments, writeProviders } from "./map-deployments.ts";
import { mapRules } from "./map-fallbacks.ts";
import { mapGeneral } from "./map-general.ts";
import { mapRouter, mapStrategy } from "./map-router.ts";
import { LitellmMapping } from "./mapping.ts";
import { preserveRest } from "./preserve-rest.ts";
import { readLitellm } from "./read-litellm.ts";

/**
 * Raised when the same input gives another document than before.
 */
const VERSION = "1";

/**
 * The configuration of a LiteLLM proxy as one of a gateway: what has a meaning here is mapped, and
 * everything else is kept under `extensions.litellm`.
 */
export async function importLitellm(
  input: ImportInput,
  options: ImportOptions,
): Promise<ImportResult> {
  const read = await readLitellm(input);
  refuseMembers(read);
  const mapping = new LitellmMapping(read, options);
  const strategy = mapStrategy(mapping);
  const deployments = mapDeployments(mapping, strategy === "weighted");
  const { groups } = deployments;
  mapAliases(mapping, groups);
  mapBudgets(mapping, groups);
  writeProviders(mapping, deployments);
  mapRules(mapping, { strategy, groups });
  mapRouter(mapping);
  mapCache(mapping);
  mapGeneral(mapping);
  mapCallbacks(mapping);
  preserveRest(mapping, deployments);
  const { document, ledger, literals, origins } = mapping;
  const importer = `LiteLLM importer ${VERSION}`;
  return await finishImport({
    document,
    ledger,
    literals,
    origins,
    importer,
    format: options.format ?? "yaml",
  });
}

/** No document has members of these names, wherever they stand. */
function refuseMembers({ root, ledger }: Awaited<ReturnType<typeof readLitellm>>): void {
  for (const node of forbiddenMembers(root)) {
    ledger.settle(node, { disposition: "refused", note: "a member of this name cannot be kept" });
  }
}
