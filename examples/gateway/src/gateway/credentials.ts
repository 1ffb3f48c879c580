import type { AuthConfig, ProviderConfig } from "@llmcfg/gateway";

/** What a request to a provider carries so that it is let in. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  /** Members of the query. */
  readonly query: Readonly<Record<string, string>>;
}

/** The ways to prove itself that this gateway knows. */
export const KNOWN_AUTH: readonly AuthConfig["type"][] = [
  "api_key",
  "bearer",
  "custom_headers",
  "none",
];

/**
 * The headers of a provider and its credential, in plain text: for one request, not to be kept.
 *
 * @throws {ConfigError} `secret_unavailable`, which names the reference
 */
export async function revealCredentials(provider: ProviderConfig): Promise<Credentials> {
  const headers = await revealAll(provider.headers);
  const { headers: own, query } = await revealAuth(provider.auth);
  return { headers: { ...headers, ...own }, query };
}

async function revealAuth(auth: AuthConfig): Promise<Credentials> {
  switch (auth.type) {
    case "api_key": {
      const key = await auth.key.reveal({ caller: "gateway" });
      if (auth.query_param !== null) return { headers: {}, query: { [auth.query_param]: key } };
      return { headers: { [auth.header ?? "authorization"]: auth.prefix + key }, query: {} };
    }
    case "bearer": {
      const token = await auth.token.reveal({ caller: "gateway" });
      return { headers: { authorization: `Bearer ${token}` }, query: {} };
    }
    case "custom_headers":
      return { headers: await revealAll(auth.headers), query: {} };
    case "none":
      return { headers: {}, query: {} };
    case "oauth2":
    case "aws_sigv4":
    case "gcp":
    case "azure_ad":
      throw new TypeError(`auth ${auth.type} was let through, and there is no way to do it`);
  }
}

async function revealAll(
  secrets: ProviderConfig["headers"],
): Promise<Readonly<Record<string, string>>> {
  const revealed = Object.entries(secrets).map(
    async ([name, secret]) => [name, await secret.reveal({ caller: "gateway" })] as const,
  );
  return Object.fromEntries(await Promise.all(revealed));
}
