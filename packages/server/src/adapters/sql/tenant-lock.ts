import { LlmcfgError } from "@llmcfg/core";
import type { Transaction } from "kysely";
import type { WaitOptions } from "../../modules/configs/ports.ts";
import type { Tables } from "./tables.ts";

/**
 * Makes this the one transaction that writes for the tenant, until it ends, and makes room for
 * `newRecords` at the end of its log. Has to be the first statement of the transaction.
 *
 * The index of the first new record. An abort of the signal ends the waiting, nothing later.
 *
 * @throws {LlmcfgError} `NOT_FOUND` where there is no such tenant
 */
export async function lockTenant(
  tx: Transaction<Tables>,
  tenant: string,
  newRecords: number,
  { signal }: WaitOptions,
): Promise<number> {
  const row = await tx
    .updateTable("tenant")
    .set((eb) => ({ audit_size: eb("audit_size", "+", newRecords) }))
    .where("id", "=", tenant)
    .returning("audit_size")
    .executeTakeFirst({ signal });
  if (row === undefined) throw noSuchTenant(tenant);
  return row.audit_size - newRecords;
}

export function noSuchTenant(tenant: string): LlmcfgError {
  return new LlmcfgError("NOT_FOUND", `there is no tenant ${tenant}`, { resource: "tenant" });
}
