import { ConfigError } from "@llmcfg/config";
import { isLlmcfgError } from "@llmcfg/core";
import type { Invocation } from "../../../command.ts";
import { type PreparedWrite, prepareWrite } from "../../../write/prepare-write.ts";
import type { SecretTarget } from "./secret-target.ts";

/**
 * The service that `--env` and `--service` name, of the control plane that this program speaks to. The
 * references are relative to it, as a gateway reads them that has it as a source.
 */
export function llmcfgTarget(invocation: Invocation): SecretTarget {
  return {
    moveTo: async (path, value) => {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(value);
      const prepared = await prepareWrite({ ...invocation, args: [`./${path}`] });
      if (prepared.before === undefined) await store(prepared, text);
      else await requireEqual(prepared, text);
      return `\${secret:${path}}`;
    },
    secrets: { backend: "llmcfg" },
    finish: async () => {},
  };
}

async function store({ client, ref, options }: PreparedWrite, value: string): Promise<void> {
  await client.postConfig(ref, { value, sensitive: true }, options);
}

async function requireEqual({ client, ref, options }: PreparedWrite, value: string): Promise<void> {
  if ((await revealed({ client, ref, options })) === value) return;
  const message = `${ref.env}/${ref.service}/${ref.key} has another value already`;
  throw new ConfigError("secret_exists", message, {
    hint: "nothing was replaced: unset it, or import with --redact-literals and choose a path",
  });
}

/** Nothing where it may not be seen. */
async function revealed({
  client,
  ref,
  options,
}: Pick<PreparedWrite, "client" | "ref" | "options">): Promise<unknown> {
  try {
    const { signal } = options;
    const { body } = await client.getConfig(ref, { reveal: true, signal });
    return body.value;
  } catch (error) {
    if (isLlmcfgError(error, "POLICY_DENIED")) return undefined;
    throw error;
  }
}
