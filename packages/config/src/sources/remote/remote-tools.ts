import type { Clock } from "../../clock.ts";
import { DEFAULT_LIMITS, type Limits } from "../../formats/limits.ts";
import type { HttpClientOptions, HttpTls } from "../../http/http-client.ts";
import { type MaterialInputs, readMaterial } from "../../references/read-material.ts";
import type { TextTools } from "../text-tools.ts";
import type { RemoteCommon } from "./remote-options.ts";

/** What every remote source is made with: time, chance, credentials, a parser and its limits. */
export interface RemoteTools extends MaterialInputs, TextTools {
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Told of the headers of every answer. */
  readonly onAnswer?: HttpClientOptions["onAnswer"];
}

/**
 * The PEM content behind the options, as it is now.
 *
 * @throws {ConfigError} of one that cannot be read
 */
export async function readTls(
  { tls }: Pick<RemoteCommon, "tls">,
  inputs: MaterialInputs,
): Promise<HttpTls> {
  const read = async (text: string | undefined) =>
    text === undefined ? undefined : await readMaterial(text, inputs);
  const [ca, cert, key] = await Promise.all([read(tls?.ca), read(tls?.cert), read(tls?.key)]);
  return { ca, cert, key };
}

/** Those of the loader, the size as the source's own options have it. */
export function limitsOf(
  { maxBytes }: Pick<RemoteCommon, "maxBytes">,
  { limits }: Pick<RemoteTools, "limits">,
): Partial<Limits> & Pick<Limits, "maxBytes"> {
  return { ...limits, maxBytes: maxBytes ?? limits?.maxBytes ?? DEFAULT_LIMITS.maxBytes };
}
