import { ConfigError } from "../../errors.ts";
import { readMaterial } from "../../references/read-material.ts";
import { innerBlock } from "../block-fields.ts";
import { blockText, requiredBlockText } from "../block-text.ts";
import type { BackendTools, SecretsBlock } from "../secrets-backend.ts";
import { leaseIn, leaseOf, type VaultLease } from "./vault-answer.ts";
import type { VaultConnection } from "./vault-connection.ts";
import { encodePath } from "./vault-path.ts";

/**
 * Gets a token. Credentials are read anew at each call, so that rotated ones are found.
 *
 * @throws {ConfigError} `login_refused`, `backend_unreachable`, or why a credential cannot be read;
 *   no message holds a credential
 */
export type VaultLogin = (connection: VaultConnection) => Promise<VaultLease>;

/** Where a pod finds the token of its service account. */
const SERVICE_ACCOUNT_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** @throws {ConfigError} `secrets_block_invalid` unless there is exactly one of `token` and `auth` */
export function loginOf(block: SecretsBlock, tools: BackendTools): VaultLogin {
  const auth = innerBlock(block, "auth");
  const hasToken = block["token"] !== undefined && block["token"] !== null;
  if (hasToken === (auth !== undefined)) {
    throw invalid("the secrets block needs exactly one of token and auth");
  }
  if (auth === undefined) return tokenLogin(block, tools);
  const { type } = auth;
  switch (typeof type === "string" ? type : "") {
    case "app_role":
      return methodLogin(auth, tools, "approle", async () => ({
        role_id: await requiredBlockText(auth, "role_id", tools),
        secret_id: await requiredBlockText(auth, "secret_id", tools),
      }));
    case "kubernetes":
      return methodLogin(auth, tools, "kubernetes", async () => ({
        role: await requiredBlockText(auth, "role", tools),
        jwt: await readMaterial(
          (await blockText(auth, "token_path", tools)) ?? SERVICE_ACCOUNT_TOKEN,
          tools,
        ),
      }));
    case "jwt":
      return methodLogin(auth, tools, "jwt", async () => ({
        role: await requiredBlockText(auth, "role", tools),
        jwt: await requiredBlockText(auth, "jwt", tools),
      }));
    default:
      throw invalid("auth.type of the secrets block is none of app_role, kubernetes, jwt");
  }
}

/** A token that was given: how long it lives is looked up, where it may look itself up. */
function tokenLogin(block: SecretsBlock, tools: BackendTools): VaultLogin {
  return async (connection) => {
    const token = await requiredBlockText(block, "token", tools);
    const answer = await connection.ask({ path: LOOKUP_SELF, token });
    return answer.status === 200
      ? leaseOf(token, answer)
      : { token, leaseMs: undefined, isRenewable: false };
  };
}

/** Of the token that asks. */
export const LOOKUP_SELF = "auth/token/lookup-self";

function methodLogin(
  auth: SecretsBlock,
  tools: BackendTools,
  usualMount: string,
  credentials: () => Promise<Readonly<Record<string, string>>>,
): VaultLogin {
  return async (connection) => {
    const mount = (await blockText(auth, "mount", tools)) ?? usualMount;
    const path = `auth/${encodePath(mount)}/login`;
    const answer = await connection.ask({ path, body: await credentials() });
    if (answer.status === 200) return leaseIn(answer);
    const message = `the vault refused the login at auth/${mount} with status ${answer.status}`;
    throw new ConfigError("login_refused", message);
  };
}

function invalid(message: string): ConfigError {
  return new ConfigError("secrets_block_invalid", message);
}
