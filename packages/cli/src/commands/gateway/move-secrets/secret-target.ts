import type { JsonObject } from "@llmcfg/core";
import type { MoveLiteral } from "@llmcfg/gateway/import";
import { type Invocation, usage } from "../../../command.ts";

/** Where the credentials of an imported file are put. Nothing of them is printed. */
export interface SecretTarget {
  /**
   * Stores one, and gives the reference to it. What is there already is kept: an equal value is as
   * good as stored, another one is refused.
   *
   * @throws {ConfigError} `secret_exists` for another value, which is not named
   */
  readonly moveTo: MoveLiteral;
  /** The `secrets` block with which a gateway reads them again; none where it needs no backend. */
  readonly secrets?: JsonObject;
  /** Writes what was gathered: called once, after the last. */
  finish(): Promise<void>;
}

/** The backends of a `secrets` block that this program does not write to. */
const READ_ONLY = ["aws_secrets_manager", "gcp_secret_manager", "azure_key_vault"];

/**
 * The target of `--move-secrets-to`: `environment:FILE`, `vault[:MOUNT]` or `llmcfg`.
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT` for any other, and where what it needs is not given
 */
export async function openSecretTarget(
  target: string,
  invocation: Invocation,
): Promise<SecretTarget> {
  const [backend = "", ...rest] = target.split(":");
  const place = rest.join(":");
  switch (backend) {
    case "environment":
      return (await import("./environment-target.ts")).environmentTarget(place, invocation.io);
    case "vault":
      return (await import("./vault-target.ts")).vaultTarget(place, invocation.io);
    case "llmcfg":
      return (await import("./llmcfg-target.ts")).llmcfgTarget(invocation);
    default:
      throw usage(
        READ_ONLY.includes(backend)
          ? `--move-secrets-to does not write to ${backend}`
          : `--move-secrets-to knows no backend ${backend}`,
        "environment:FILE, vault:MOUNT or llmcfg; --redact-literals writes references to secrets that you store yourself",
      );
  }
}
