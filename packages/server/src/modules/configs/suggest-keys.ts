import { formatPath, type KeyRef, nearestNames, type Revision } from "@llmcfg/core";
import type { Access } from "../policy/ports.ts";
import { mayList } from "./item-rights.ts";
import type { EffectiveReader, WaitOptions } from "./ports.ts";

/** Paths of the service that somebody who asked for `ref` may have meant, and may list; at most three. */
export async function suggestKeys(
  reader: EffectiveReader,
  { tenant, access }: { readonly tenant: string; readonly access: Access },
  ref: KeyRef,
  options: WaitOptions & { readonly at?: Revision | undefined } = {},
): Promise<readonly string[]> {
  const { env, service } = ref;
  const namespace = { env, service, prefix: "" };
  const { entries } = await reader.bundle(tenant, namespace, { ...options, references: "keep" });
  const listable = entries.filter((entry) => mayList(access, entry.ref));
  return nearestNames(
    formatPath(ref),
    listable.map((entry) => formatPath(entry.ref)),
  );
}
