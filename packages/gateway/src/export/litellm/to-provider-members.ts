import type { Located } from "@llmcfg/config";
import type { Json } from "@llmcfg/core";
import { PROVIDER_TYPES } from "../../catalogue.ts";
import { derivedEndpoint } from "../../import/litellm/derived-endpoint.ts";
import { integerOf, member, membersOf, textOf } from "../../import/read-node.ts";
import type { LitellmExport, Secrecy } from "./litellm-export.ts";
import type { ExportedProvider } from "./to-deployments.ts";

type Members = Record<string, Json>;

/** What a provider says, as members of `litellm_params` of each of its deployments. */
export function toProviderMembers(
  exported: LitellmExport,
  provider: ExportedProvider,
): Readonly<Members> {
  const members: Members = {};
  putEndpoint(exported, provider, members);
  putAuth(exported, provider, members);
  putHeaders(exported, provider.node, members);
  put(exported, members, {
    node: member(provider.node, "region"),
    name: "region_name",
    secrecy: "text",
  });
  putTags(exported, provider.node, members);
  putRetries(exported, provider.node, members);
  return members;
}

interface Put {
  readonly node: Located | undefined;
  readonly name: string;
  readonly secrecy: Secrecy;
}

function put(exported: LitellmExport, members: Members, { node, name, secrecy }: Put): void {
  const value = exported.text(node, secrecy, name);
  if (value !== undefined) members[name] = value;
  exported.settle(node, ["model_list", "litellm_params", name]);
}

function putEndpoint(
  exported: LitellmExport,
  { node, type }: ExportedProvider,
  members: Members,
): void {
  const endpoint = member(node, "endpoint");
  const usual = derivedEndpoint(type, {
    region: textOf(member(node, "auth", "region")),
    location: textOf(member(node, "auth", "location")),
  });
  if (textOf(endpoint) === usual) exported.imply(endpoint, "it is the address of the type");
  else put(exported, members, { node: endpoint, name: "api_base", secrecy: "text" });
  exported.imply(member(node, "allow_insecure"), "LiteLLM does not ask");
  const version = member(node, "api_version");
  const isUsual =
    textOf(version) !== undefined && textOf(version) === PROVIDER_TYPES[type].apiVersion;
  if (isUsual) exported.imply(version, "it is the version of the type");
  else put(exported, members, { node: version, name: "api_version", secrecy: "text" });
}

/** Members of `auth` by type, as LiteLLM names them. */
const AUTH_PARAMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  api_key: { key: "api_key" },
  bearer: { token: "azure_ad_token" },
  azure_ad: { tenant_id: "tenant_id", client_id: "client_id", client_secret: "client_secret" },
  aws_sigv4: {
    region: "aws_region_name",
    access_key_id: "aws_access_key_id",
    secret_access_key: "aws_secret_access_key",
    session_token: "aws_session_token",
    profile: "aws_profile_name",
    role_arn: "aws_role_name",
  },
  gcp: {
    project_id: "vertex_project",
    location: "vertex_location",
    credentials: "vertex_credentials",
  },
};

const CREDENTIALS: ReadonlySet<string> = new Set([
  "key",
  "token",
  "client_secret",
  "access_key_id",
  "secret_access_key",
  "session_token",
]);

function putAuth(
  exported: LitellmExport,
  { node, type }: ExportedProvider,
  members: Members,
): void {
  const auth = member(node, "auth");
  const kind = textOf(member(auth, "type")) ?? "none";
  if (auth === undefined) return;
  if (kind === "none") {
    exported.imply(auth, "no credential is given");
    return;
  }
  const known = AUTH_PARAMS[kind];
  exported.imply(known === undefined ? undefined : member(auth, "type"), "its members say it");
  for (const [name, value] of membersOf(auth)) {
    const param = kind === "bearer" && type !== "azure_openai" ? "api_key" : known?.[name];
    if (param === undefined || name === "type") continue;
    put(exported, members, {
      node: value,
      name: param,
      secrecy: CREDENTIALS.has(name) ? "credential" : "text",
    });
  }
  settleUsual(exported, auth, type);
}

/** What the type says anyway. */
function settleUsual(exported: LitellmExport, auth: Located, type: ExportedProvider["type"]): void {
  const usual: Readonly<Record<string, string | undefined>> = {
    header: PROVIDER_TYPES[type].apiKey?.header,
    prefix: PROVIDER_TYPES[type].apiKey?.prefix,
    service: "bedrock",
    scope: "https://cognitiveservices.azure.com/.default",
  };
  for (const [name, value] of membersOf(auth)) {
    if (value.type !== "scalar" || !(name in usual) || usual[name] !== value.value) continue;
    exported.imply(value, "it is so by type");
  }
  exported.imply(member(auth, "managed_identity"), "without client_secret");
}

function putHeaders(exported: LitellmExport, provider: Located, members: Members): void {
  const headers: Members = {};
  for (const [name, value] of membersOf(member(provider, "headers"))) {
    const isOrganization = name === "OpenAI-Organization";
    const text = exported.text(value, "header", name);
    if (text !== undefined && isOrganization) members["organization"] = text;
    if (text !== undefined && !isOrganization) headers[name] = text;
    exported.settle(value, [
      "model_list",
      "litellm_params",
      isOrganization ? "organization" : "extra_headers",
    ]);
  }
  if (Object.keys(headers).length > 0) members["extra_headers"] = headers;
}

function putTags(exported: LitellmExport, provider: Located, members: Members): void {
  const tags: string[] = [];
  for (const [tag, value] of membersOf(member(provider, "tags"))) {
    if (textOf(value) !== "true") {
      exported.keep(value, "a tag of LiteLLM has no value");
      continue;
    }
    tags.push(tag);
    exported.settle(value, ["model_list", "litellm_params", "tags"]);
  }
  if (tags.length > 0) members["tags"] = tags;
}

function putRetries(exported: LitellmExport, provider: Located, members: Members): void {
  const retries = member(provider, "retry_policy", "max_retries");
  const count = integerOf(retries, { min: 0 });
  if (count === undefined) return;
  members["max_retries"] = count;
  exported.settle(retries, ["model_list", "litellm_params", "max_retries"]);
}
