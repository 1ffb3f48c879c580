import type { Located } from "@llmcfg/config";
import { digitsOf, flagOf, integerOf, numberOf, textOf } from "../read-node.ts";
import { type LitellmMapping, pathOf, secondsText } from "./mapping.ts";

/** `general_settings`, and the flags of `litellm_settings` about logs. */
export function mapGeneral(mapping: LitellmMapping): void {
  mapAuthentication(mapping);
  mapHealthChecks(mapping);
  mapServer(mapping);
  mapLogs(mapping);
}

const AUTHENTICATION = ["security", "authentication"];

function mapAuthentication(mapping: LitellmMapping): void {
  const providers = [masterKey(mapping), jwt(mapping)].filter((one) => one !== undefined);
  if (providers.length > 0) mapping.set([...AUTHENTICATION, "providers"], providers);
  const header = mapping.setting("general_settings", "litellm_key_header_name");
  const name = textOf(header);
  if (name !== undefined && /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    mapping.map(header, [...AUTHENTICATION, "api_key_header"], name);
  }
}

function masterKey(mapping: LitellmMapping) {
  const node = mapping.setting("general_settings", "master_key");
  const text = textOf(node) ?? digitsOf(node);
  if (node === undefined || text === undefined || text === "") return undefined;
  const to = `${pathOf(AUTHENTICATION)}.providers[litellm].keys[master].key`;
  const key = text.startsWith("os.environ/")
    ? mapping.reference(text)
    : mapping.literals.replace(node, text, { name: "general_settings/master_key", to });
  if (key === undefined) return undefined;
  mapping.ledger.settle(node, { disposition: "mapped", to });
  return { type: "api_key", name: "litellm", keys: [{ id: "master", key }] };
}

/** Where the keys of an issuer are found, by the names that it goes by. */
const KEY_URLS = ["public_key_url", "jwks_uri", "jwks_url"];

function jwt(mapping: LitellmMapping) {
  const settings = (name: string) => mapping.setting("general_settings", "litellm_jwtauth", name);
  const isOn = mapping.setting("general_settings", "enable_jwt_auth");
  const [issuer, audience] = [settings("issuer"), settings("audience")];
  const keys = KEY_URLS.map(settings).find((node) => node !== undefined);
  const [issuerUrl, audienceText, keysUrl] = [
    httpsUrl(mapping, issuer),
    mapping.text(audience),
    httpsUrl(mapping, keys),
  ];
  if (
    flagOf(isOn) !== true ||
    issuerUrl === undefined ||
    audienceText === undefined ||
    keysUrl === undefined
  ) {
    if (flagOf(isOn) === false) mapping.settleDefault(isOn, "there is no provider for tokens");
    return undefined;
  }
  const to = `${pathOf(AUTHENTICATION)}.providers[litellm-jwt]`;
  for (const node of [isOn, issuer, audience])
    mapping.ledger.settle(node, { disposition: "mapped", to });
  settleKeyUrl(mapping, { node: keys, url: keysUrl, to });
  return {
    type: "oauth2",
    name: "litellm-jwt",
    issuer: issuerUrl,
    audience: audienceText,
    jwks_uri: keysUrl,
  };
}

function settleKeyUrl(
  mapping: LitellmMapping,
  {
    node,
    url,
    to,
  }: { readonly node: Located | undefined; readonly url: string; readonly to: string },
): void {
  const isDiscovery = url.includes("/.well-known/openid-configuration");
  const note = "this is a discovery document: write the URL of the keys themselves";
  if (isDiscovery) mapping.ledger.settle(node, { disposition: "approximated", to, note });
  else mapping.ledger.settle(node, { disposition: "mapped", to });
}

function httpsUrl(mapping: LitellmMapping, node: Located | undefined): string | undefined {
  const text = mapping.text(node);
  if (text === undefined) return undefined;
  return text.startsWith("${") || URL.parse(text)?.protocol === "https:" ? text : undefined;
}

function mapHealthChecks(mapping: LitellmMapping): void {
  const path = ["resilience", "health_check"];
  const active = mapping.setting("general_settings", "background_health_checks");
  if (flagOf(active) === true) mapping.map(active, [...path, "mode"], "both");
  if (flagOf(active) === false) mapping.settleDefault(active, "nothing is probed by default");
  const interval = mapping.setting("general_settings", "health_check_interval");
  const seconds = numberOf(interval);
  if (seconds === undefined || seconds < 1 || seconds > 365 * 86_400) return;
  mapping.map(interval, [...path, "interval"], secondsText(seconds));
  if (seconds > 5) return;
  mapping.assume(
    [...path, "timeout"],
    secondsText(seconds / 2),
    "a probe ends before the next begins",
  );
}

function mapServer(mapping: LitellmMapping): void {
  const size = mapping.setting("general_settings", "max_request_size_mb");
  const bytes = Math.floor((numberOf(size) ?? 0) * 1_048_576);
  if (bytes >= 1_024 && Number.isSafeInteger(bytes))
    mapping.map(size, ["server", "max_body_size"], bytes);
  const parallel = mapping.setting("general_settings", "global_max_parallel_requests");
  const count = integerOf(parallel, { min: 1 });
  if (count === undefined) return;
  const note = "a limit of requests there, of connections here";
  mapping.approximate(parallel, { path: ["server", "max_connections"], value: count, note });
}

function mapLogs(mapping: LitellmMapping): void {
  const path = ["observability", "logging"];
  const json = mapping.setting("litellm_settings", "json_logs");
  if (flagOf(json) === true) mapping.map(json, [...path, "format"], "json");
  if (flagOf(json) === false) mapping.map(json, [...path, "format"], "text");
  const verbose = mapping.setting("litellm_settings", "set_verbose");
  if (flagOf(verbose) === true) mapping.map(verbose, [...path, "level"], "debug");
  if (flagOf(verbose) === false) mapping.settleDefault(verbose, "info is the level by default");
}
