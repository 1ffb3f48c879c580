import { ConfigError } from "@llmcfg/config";
import { isJsonObject, type Json, parseJson } from "@llmcfg/core";
import { usage } from "../../../command.ts";
import type { Io } from "../../../io.ts";
import type { SecretTarget } from "./secret-target.ts";

/** The member that a reference without `#key` reads. */
const MEMBER = "value";

const TIMEOUT_MS = 10_000;

/**
 * A key-value engine, version 2, of Vault or OpenBao. Address, token and namespace are in `VAULT_ADDR`,
 * `VAULT_TOKEN` and `VAULT_NAMESPACE`, as for Vault's own command line.
 */
export function vaultTarget(mount: string, io: Pick<Io, "env" | "signal">): SecretTarget {
  const engine = new KeyValueEngine(mount === "" ? "secret" : mount, io);
  return {
    moveTo: async (path, value) => {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(value);
      const isNew = await engine.create(path, text);
      if (!isNew && (await engine.read(path)) !== text) throw otherValue(engine.nameOf(path));
      return `\${secret:${path}}`;
    },
    secrets: engine.block,
    finish: async () => {},
  };
}

function otherValue(name: string): ConfigError {
  return new ConfigError("secret_exists", `${name} in the vault has another value already`, {
    hint: "nothing was replaced: remove it, or import with --redact-literals and choose a path",
  });
}

class KeyValueEngine {
  readonly #mount: string;
  readonly #address: URL;
  readonly #namespace: string | undefined;
  readonly #token: string;
  readonly #signal: AbortSignal;

  /** @throws {LlmcfgError} `INVALID_ARGUMENT` where no address or token is given, or no safe one */
  constructor(mount: string, { env, signal }: Pick<Io, "env" | "signal">) {
    const { VAULT_ADDR: address = "", VAULT_TOKEN: token = "", VAULT_NAMESPACE: namespace } = env;
    if (!URL.canParse(address)) throw usage("the address of the vault is missing: set VAULT_ADDR");
    if (token === "") throw usage("the token for the vault is missing: set VAULT_TOKEN");
    this.#mount = mount.replaceAll(/^\/+|\/+$/g, "");
    this.#address = new URL(address.endsWith("/") ? address : `${address}/`);
    this.#namespace = namespace === "" ? undefined : namespace;
    this.#token = token;
    this.#signal = signal;
    if (!isSafe(this.#address)) {
      throw usage(`secrets are not sent to ${this.#address.host} without TLS`, "use https");
    }
  }

  /** How a gateway reads what is here; the token stays in its variable. */
  get block(): NonNullable<SecretTarget["secrets"]> {
    return {
      backend: "vault",
      address: this.#address.href.replace(/\/$/, ""),
      mount_path: this.#mount,
      token: "${env:VAULT_TOKEN}",
      ...(this.#namespace === undefined ? {} : { namespace: this.#namespace }),
    };
  }

  nameOf(path: string): string {
    return `${this.#mount}/${path}`;
  }

  /** @returns false where there is a value already */
  async create(path: string, value: string): Promise<boolean> {
    const body = JSON.stringify({ data: { [MEMBER]: value }, options: { cas: 0 } });
    const answer = await this.#ask(path, { method: "POST", body });
    if (answer.status === 200) return true;
    if (answer.status === 400 && JSON.stringify(answer.body).includes("check-and-set")) {
      return false;
    }
    throw this.#refusal(path, answer.status);
  }

  /** Nothing where the newest version has no such member, or is deleted. */
  async read(path: string): Promise<Json | undefined> {
    const { status, body } = await this.#ask(path, { method: "GET" });
    if (status !== 200 && status !== 404) throw this.#refusal(path, status);
    const { data } = isJsonObject(body) ? body : {};
    const members = isJsonObject(data) ? data["data"] : undefined;
    return isJsonObject(members) ? members[MEMBER] : undefined;
  }

  async #ask(
    path: string,
    request: { readonly method: string; readonly body?: string },
  ): Promise<{ readonly status: number; readonly body: Json }> {
    const names = [...this.#mount.split("/"), "data", ...path.split("/")];
    const url = new URL(`v1/${names.map(encodeURIComponent).join("/")}`, this.#address);
    const namespace = this.#namespace;
    try {
      const answer = await fetch(url, {
        ...request,
        redirect: "error", // the token is for this address alone
        signal: AbortSignal.any([this.#signal, AbortSignal.timeout(TIMEOUT_MS)]),
        headers: {
          "x-vault-token": this.#token,
          "x-vault-request": "true",
          ...(namespace === undefined ? {} : { "x-vault-namespace": namespace }),
          ...(request.body === undefined ? {} : { "content-type": "application/json" }),
        },
      });
      const text = await answer.text();
      return { status: answer.status, body: text === "" ? null : parseJson(text) };
    } catch (error) {
      this.#signal.throwIfAborted();
      throw this.#unreachable("cannot be asked", error);
    }
  }

  #refusal(path: string, status: number): ConfigError {
    const name = this.nameOf(path);
    if (status === 403) {
      return new ConfigError("secret_denied", `the vault does not let this token write ${name}`);
    }
    if (status === 404) {
      const message = `the vault has no key-value engine, version 2, at ${this.#mount}`;
      return new ConfigError("mount_missing", message, { hint: "--move-secrets-to vault:MOUNT" });
    }
    return this.#unreachable(`answered ${name} with status ${status}`);
  }

  #unreachable(what: string, cause?: unknown): ConfigError {
    const message = `the vault at ${this.#address.origin} ${what}`;
    return new ConfigError("backend_unreachable", message, { cause });
  }
}

function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}
