import { isJsonObject, type Json } from "@llmcfg/core";
import { formatCounts } from "../../import/loss-report.ts";
import type { ExportOptions, ExportResult } from "../export-config.ts";
import { LitellmExport } from "./litellm-export.ts";
import { putBackDeployments, putBackSettings } from "./put-back.ts";
import { settleRest } from "./settle-rest.ts";
import { toDeployments } from "./to-deployments.ts";
import { putGroups } from "./to-groups.ts";
import { putRules } from "./to-rules.ts";
import { putSettings } from "./to-settings.ts";
import { type PyYaml, writePyYaml } from "./write-py-yaml.ts";

/** The file that the proxy is started with. */
const FILE_NAME = "config.yaml";

/** The configuration for a LiteLLM proxy, with what an import preserved put back. */
export function exportLitellm(document: Json, options: ExportOptions): ExportResult {
  const exported = new LitellmExport(document, options);
  const deployments = toDeployments(exported);
  const budgets = putGroups(exported);
  putRules(exported);
  putSettings(exported);
  const model_list = putBackDeployments(exported, deployments);
  const settings = putBackSettings(exported, withBudgets(exported.file, budgets));
  settleRest(exported);
  const report = exported.ledger.report();
  if (report.counts.refused > 0) return { files: new Map(), report };
  const comment = `written by the llmcfg LiteLLM exporter; ${formatCounts(report.counts, report.inputLeaves)}`;
  const text = writePyYaml(
    model_list.length === 0 ? settings : { model_list, ...settings },
    comment,
  );
  return { files: new Map([[FILE_NAME, text]]), report };
}

function withBudgets(
  file: { readonly [name: string]: Json },
  budgets: ReadonlyMap<string, PyYaml>,
): { readonly [name: string]: PyYaml } {
  if (budgets.size === 0) return file;
  const router = file["router_settings"];
  const settings = isJsonObject(router) ? router : {};
  return {
    ...file,
    router_settings: { ...settings, provider_budget_config: Object.fromEntries(budgets) },
  };
}
