import { type Format, findFormat } from "../../formats/parse-text.ts";

/** Media types without their parameters; what ends in `+json` is JSON, and so on (RFC 6839). */
const TYPES: ReadonlyMap<string, Format> = new Map([
  ["application/json", "json"],
  ["text/json", "json"],
  ["application/yaml", "yaml"],
  ["application/x-yaml", "yaml"],
  ["text/yaml", "yaml"],
  ["text/x-yaml", "yaml"],
  ["application/toml", "toml"],
  ["text/toml", "toml"],
  ["text/x-toml", "toml"],
]);

/** By the media type, where it is one of a format; else by the path of the URL; else YAML. */
export function formatOfAnswer(contentType: string | undefined, url: URL): Format {
  const [type = ""] = (contentType ?? "").split(";");
  const name = type.trim().toLowerCase();
  const [, suffix] = /\+(json|yaml|toml)$/.exec(name) ?? [];
  return TYPES.get(name) ?? TYPES.get(`application/${suffix}`) ?? formatOfPath(url);
}

function formatOfPath({ pathname }: URL): Format {
  return findFormat(pathname) ?? "yaml";
}
