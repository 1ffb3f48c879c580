import { LlmcfgError } from "@llmcfg/core";

/** Where a server is. */
export interface Address {
  /** Scheme, host and path without a final slash: what the paths of the API are added to. */
  readonly base: string;
  /** Scheme, host and port: the only place the credential is sent to. */
  readonly origin: string;
}

/**
 * Reads the address of a server: `https://llmcfg.internal`, `http://127.0.0.1:7420`.
 *
 * @param options.allowInsecureHttp lets plain HTTP leave the machine, credential and all
 * @throws {LlmcfgError} `INVALID_ARGUMENT` where it is no such address; what it holds is not quoted
 *   where it may be a password
 */
export function parseAddress(
  text: string,
  options: { readonly allowInsecureHttp?: boolean | undefined } = {},
): Address {
  const url = URL.parse(text);
  if (url === null) throw refuse(`the address ${JSON.stringify(text)} is not a URL`);
  if (url.username !== "" || url.password !== "") {
    throw refuse("the address must not hold a user or a password");
  }
  if (url.search !== "" || url.hash !== "") {
    throw refuse("the address must not hold a query or a fragment");
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw refuse(`the address must begin with https:// or http://, not ${url.protocol}`);
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname) && options.allowInsecureHttp !== true) {
    throw refuse(
      `plain HTTP to ${url.hostname} would show the credential to the network, use https://`,
    );
  }
  return { base: url.href.replace(/\/+$/, ""), origin: url.origin };
}

/** Whether a host name of a URL always means this machine. */
function isLoopback(hostname: string): boolean {
  const isName = hostname === "localhost" || hostname.endsWith(".localhost");
  return isName || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}

function refuse(message: string): LlmcfgError {
  return new LlmcfgError("INVALID_ARGUMENT", message, { errors: [] });
}
