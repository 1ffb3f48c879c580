import { isJsonObject } from "@llmcfg/core";
import { findEndpoint, PROVIDER_TYPES } from "../../catalogue.ts";
import { textOf } from "../read-node.ts";
import type { DeploymentDraft } from "./deployment-draft.ts";
import { derivedEndpoint } from "./derived-endpoint.ts";
import { KEY_VARIABLES } from "./provider-prefix.ts";

/** How the provider is told who asks; returns why that cannot be said here, if so. */
export function mapAuth(draft: DeploymentDraft): string | undefined {
  const { type } = draft.target;
  if (type === "aws_bedrock") return mapAws(draft);
  if (type === "google_vertex") return mapGcp(draft);
  return type === "azure_openai" ? mapAzure(draft) : mapApiKey(draft);
}

function mapApiKey(draft: DeploymentDraft): string | undefined {
  if (draft.secret(draft.param("api_key"), ["auth", "key"])) return useApiKey(draft);
  const { type } = draft.target;
  if (PROVIDER_TYPES[type].auth === "none_by_default") return undefined;
  const variable = KEY_VARIABLES.get(type);
  if (variable === undefined) {
    const note = "no api_key is given, and the key of OpenAI is not sent to somebody else";
    draft.assume("provider", { path: ["auth", "type"], value: "none", note });
    return undefined;
  }
  const note = "LiteLLM looks for the key in this variable";
  draft.assume("provider", {
    path: ["auth", "key"],
    value: draft.mapping.variable(variable),
    note,
  });
  return useApiKey(draft);
}

function useApiKey(draft: DeploymentDraft): undefined {
  draft.set("provider", ["auth", "type"], "api_key");
}

function mapAzure(draft: DeploymentDraft): string | undefined {
  if (draft.secret(draft.param("api_key"), ["auth", "key"])) return useApiKey(draft);
  const token = draft.param("azure_ad_token");
  if (textOf(token)?.startsWith("oidc/") !== true && draft.secret(token, ["auth", "token"])) {
    draft.set("provider", ["auth", "type"], "bearer");
    return undefined;
  }
  const [tenant, client] = [draft.param("tenant_id"), draft.param("client_id")];
  if (draft.mapping.text(tenant) === undefined || draft.mapping.text(client) === undefined) {
    return mapApiKey(draft);
  }
  draft.set("provider", ["auth", "type"], "azure_ad");
  draft.text(tenant, ["auth", "tenant_id"]);
  draft.text(client, ["auth", "client_id"]);
  if (draft.secret(draft.param("client_secret"), ["auth", "client_secret"])) return undefined;
  const note = "no client_secret is given: the identity of the machine is used";
  draft.assume("provider", { path: ["auth", "managed_identity"], value: true, note });
  return undefined;
}

function mapAws(draft: DeploymentDraft): string | undefined {
  if (draft.secret(draft.param("api_key"), ["auth", "key"])) return mapBedrockKey(draft);
  draft.set("provider", ["auth", "type"], "aws_sigv4");
  if (!draft.text(draft.param("aws_region_name"), ["auth", "region"])) {
    const note = "LiteLLM looks for the region in this variable";
    const value = draft.mapping.variable("AWS_REGION");
    draft.assume("provider", { path: ["auth", "region"], value, note });
  }
  const [id, key] = [draft.param("aws_access_key_id"), draft.param("aws_secret_access_key")];
  if (id !== undefined && key !== undefined) {
    draft.secret(id, ["auth", "access_key_id"]);
    draft.secret(key, ["auth", "secret_access_key"]);
    draft.secret(draft.param("aws_session_token"), ["auth", "session_token"]);
  }
  draft.text(draft.param("aws_profile_name"), ["auth", "profile"]);
  draft.text(draft.param("aws_role_name"), ["auth", "role_arn"]);
  return derivePlace(draft, "region");
}

/** The key goes into a header, and so the region is only part of the address. */
function mapBedrockKey(draft: DeploymentDraft): string | undefined {
  useApiKey(draft);
  if (draft.provider["endpoint"] !== undefined) return undefined;
  const region = draft.param("aws_region_name");
  const plain = textOf(region) ?? "";
  if (region === undefined || !/^[a-z0-9-]+$/.test(plain)) return "its region is no plain text";
  const value = findEndpoint("aws_bedrock", { region: plain }) ?? "";
  draft.map("provider", region, { path: ["endpoint"], value });
  return undefined;
}

function mapGcp(draft: DeploymentDraft): string | undefined {
  draft.set("provider", ["auth", "type"], "gcp");
  for (const [param, field, variable] of GCP_PLACES) {
    if (draft.text(draft.param(param), ["auth", field])) continue;
    const note = "LiteLLM looks for it in this variable";
    draft.assume("provider", {
      path: ["auth", field],
      value: draft.mapping.variable(variable),
      note,
    });
  }
  const credentials = draft.param("vertex_credentials");
  const text = textOf(credentials);
  if (text?.trimStart().startsWith("{") === true)
    draft.secret(credentials, ["auth", "credentials"]);
  else draft.text(credentials, ["auth", "credentials"]);
  return derivePlace(draft, "location");
}

const GCP_PLACES = [
  ["vertex_project", "project_id", "VERTEXAI_PROJECT"],
  ["vertex_location", "location", "VERTEXAI_LOCATION"],
] as const;

/** The address has the region in it; where that is a variable, the address has to say so. */
function derivePlace(draft: DeploymentDraft, field: "region" | "location"): string | undefined {
  if (draft.provider["endpoint"] !== undefined) return undefined;
  const { auth } = draft.provider;
  const place = isJsonObject(auth) ? auth[field] : undefined;
  if (typeof place !== "string" || !place.startsWith("${")) return undefined;
  if (!draft.mapping.referencesAreEnv) return `its ${field} is a secret, and the address needs it`;
  const value = derivedEndpoint(draft.target.type, { [field]: place }) ?? "";
  const note = `the address has the ${field} in it`;
  draft.assume("provider", { path: ["endpoint"], value, note });
  return undefined;
}
