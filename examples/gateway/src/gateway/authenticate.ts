import type { IncomingHttpHeaders } from "node:http";
import { matchApiKey } from "@llmcfg/gateway";
import { ApiError } from "../api-error.ts";
import type { GatewaySnapshot } from "./gateway-snapshot.ts";

/** Who asks. */
export interface GatewayCaller {
  /** Id of the API key; `undefined` where nobody is asked for one. */
  readonly apiKeyId: string | undefined;
  /** What the configuration says about the key. */
  readonly tenant: string | undefined;
}

/** @throws {ApiError} 401 without a key that the configuration knows */
export async function authenticate(
  { config }: GatewaySnapshot,
  headers: IncomingHttpHeaders,
): Promise<GatewayCaller> {
  const { authentication } = config.security;
  if (!authentication.enabled) return { apiKeyId: undefined, tenant: undefined };
  const presented = presentedKey(headers, authentication);
  const match = presented === undefined ? undefined : await matchApiKey(config, presented);
  if (match === undefined) {
    const message =
      presented === undefined
        ? `send an API key in ${authentication.api_key_header} or as a bearer token`
        : "the API key is wrong";
    throw new ApiError(message, {
      status: 401,
      type: "invalid_request_error",
      code: "invalid_api_key",
    });
  }
  const provider = authentication.providers.find(({ name }) => name === match.provider);
  const keys = provider?.type === "api_key" ? provider.keys : [];
  const tenant = keys.find(({ id }) => id === match.keyId)?.metadata["tenant"];
  return { apiKeyId: match.keyId, tenant };
}

function presentedKey(
  headers: IncomingHttpHeaders,
  names: { readonly api_key_header: string; readonly bearer_token_header: string },
): string | undefined {
  const key = headers[names.api_key_header.toLowerCase()];
  if (typeof key === "string") return key;
  const bearer = headers[names.bearer_token_header.toLowerCase()];
  return /^Bearer +(\S+)$/i.exec(typeof bearer === "string" ? bearer : "")?.[1];
}
