import type { Located } from "@llmcfg/config";
import { type EndpointPlace, findEndpoint, PROVIDER_TYPES } from "../../catalogue.ts";
import { isPrivateHost } from "../../checks/private-host.ts";
import { itemsOf, membersOf, textOf } from "../read-node.ts";
import type { DeploymentDraft } from "./deployment-draft.ts";
import { mapAuth } from "./map-auth.ts";
import { AZURE_API_VERSION } from "./provider-prefix.ts";

/**
 * What the deployment says about its provider: where it is and how it is asked.
 *
 * @returns why it cannot be said here, if so; then the deployment stays as it is
 */
export function mapProvider(draft: DeploymentDraft): string | undefined {
  draft.set("provider", ["type"], draft.target.type);
  const fault = mapEndpoint(draft) ?? mapAuth(draft);
  if (fault !== undefined) return fault;
  mapApiVersion(draft);
  mapHeaders(draft);
  mapRegion(draft);
  mapTags(draft);
  return undefined;
}

/** The base URL of a deployment, whichever of its names it goes by. */
export function apiBaseOf(draft: DeploymentDraft): Located | undefined {
  return (
    draft.param("api_base") ??
    draft.param("base_url") ??
    draft.param("aws_bedrock_runtime_endpoint")
  );
}

function mapEndpoint(draft: DeploymentDraft): string | undefined {
  const node = apiBaseOf(draft);
  const given = textOf(node);
  if (node === undefined || given === undefined) return missingEndpoint(draft);
  const value = draft.mapping.text(node);
  if (value === undefined) return "its api_base is a variable whose name cannot be referenced here";
  if (given.startsWith("os.environ/")) {
    draft.map("provider", node, { path: ["endpoint"], value });
    return undefined;
  }
  return mapLiteralEndpoint(draft, node, value.replace(/\/+$/, ""));
}

function mapLiteralEndpoint(
  draft: DeploymentDraft,
  node: Located,
  value: string,
): string | undefined {
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol)) return "its api_base is not an http URL";
  if (/[?#]/.test(value) || url.username !== "" || url.password !== "") {
    return "its api_base has user info, a query or a fragment";
  }
  if (value === findEndpoint(draft.target.type, placeOf(draft))) {
    draft.claim("provider", node, { path: ["endpoint"] });
    return undefined;
  }
  const isInsecure = url.protocol === "http:" && !isPrivateHost(url.hostname);
  if (!isInsecure) {
    draft.map("provider", node, { path: ["endpoint"], value });
    return undefined;
  }
  const note = "requests and keys go unencrypted to a public host: allow_insecure permits it";
  draft.map("provider", node, { path: ["endpoint"], value, note });
  draft.set("provider", ["allow_insecure"], true);
  return undefined;
}

/** What is part of the address of the type. */
function placeOf(draft: DeploymentDraft): EndpointPlace {
  return {
    region: textOf(draft.param("aws_region_name")),
    location: textOf(draft.param("vertex_location")),
  };
}

function missingEndpoint(draft: DeploymentDraft): string | undefined {
  if (draft.target.type !== "azure_openai") return undefined;
  const note = "LiteLLM looks for the address in this variable";
  draft.assume("provider", {
    path: ["endpoint"],
    value: draft.mapping.variable("AZURE_API_BASE"),
    note,
  });
  return undefined;
}

function mapApiVersion(draft: DeploymentDraft): void {
  const node = draft.param("api_version");
  const usual = PROVIDER_TYPES[draft.target.type].apiVersion;
  if (node !== undefined && usual !== undefined && textOf(node) === usual) {
    draft.claim("provider", node, { path: ["api_version"] });
    return;
  }
  if (draft.text(node, ["api_version"])) return;
  if (!PROVIDER_TYPES[draft.target.type].needsApiVersion) return;
  const note = "LiteLLM sends this version where none is given";
  draft.assume("provider", { path: ["api_version"], value: AZURE_API_VERSION, note });
}

function mapHeaders(draft: DeploymentDraft): void {
  draft.secret(draft.param("organization"), ["headers", "OpenAI-Organization"], false);
  for (const source of ["extra_headers", "headers"]) {
    for (const [name, value] of membersOf(draft.param(source))) {
      if (mayBeHeader(draft, name)) draft.secret(value, ["headers", name], false);
    }
  }
}

/** A name that can be sent, is not the connection's or the credential's, and is not taken yet. */
function mayBeHeader(draft: DeploymentDraft, name: string): boolean {
  const lower = name.toLowerCase();
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || RESERVED.has(lower)) return false;
  if (PROVIDER_TYPES[draft.target.type].apiKey?.header.toLowerCase() === lower) return false;
  const { headers } = draft.provider;
  const taken = typeof headers === "object" && headers !== null ? Object.keys(headers) : [];
  return !taken.some((other) => other.toLowerCase() === lower);
}

const RESERVED: ReadonlySet<string> = new Set([
  "authorization",
  "connection",
  "content-length",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

function mapRegion(draft: DeploymentDraft): void {
  const node = draft.param("region_name");
  const value = draft.mapping.label(node);
  if (node !== undefined && value !== undefined)
    draft.map("provider", node, { path: ["region"], value });
}

function mapTags(draft: DeploymentDraft): void {
  for (const node of itemsOf(draft.param("tags")).slice(0, MAX_TAGS)) {
    const tag = textOf(node);
    if (tag !== undefined) draft.map("provider", node, { path: ["tags", tag], value: "true" });
  }
}

const MAX_TAGS = 64;
