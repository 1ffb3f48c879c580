import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AuditRecord, AuditSink } from "../audit/audit-sink.ts";
import type { ConfigManager } from "../config-manager.ts";
import type { Logger } from "../logger.ts";
import { createSecretMaterial } from "../secrets/secret-material.ts";
import type { SecretReadOptions, SecretsManager } from "../secrets/secrets-manager.ts";
import { type Canary, findCanary } from "./canary-forms.ts";
import { recordAnswers, recordEvents } from "./manager-sinks.ts";
import { printedForms } from "./printed-forms.ts";

/** A canary that came out. */
export interface CanaryLeak {
  readonly sink: string;
  /** The path of the secret, or the name that a test gave the canary. */
  readonly secret: string;
  /** `raw`, `JSON-escaped`, `URL-encoded`, `base64-encoded`, `hex-encoded`; `in part` for some of it. */
  readonly encoding: string;
}

/** The canaries of one test, and every place that they could come out of. */
export class Canaries {
  /**
   * A backend whose every secret is a canary of its own: one for each path, member and version. For
   * `withSecretsManager`, or as the `secrets` of a source.
   */
  readonly secrets: SecretsManager;
  /** For the option `logger`. */
  readonly logger: Logger;
  /** For the option `audit`. */
  readonly auditSink: AuditSink;
  readonly #canaries = new Map<string, Canary>();
  readonly #recorded: { readonly sink: string; readonly forms: readonly string[] }[] = [];
  readonly #managers: { readonly finish: () => Promise<void> }[] = [];
  readonly #folders: string[] = [];

  constructor() {
    this.secrets = canarySecrets((name) => this.textOf(name));
    const log = (fields: object, message: string): void => this.record("log", [message, fields]);
    this.logger = { debug: log, info: log, warn: log, error: log };
    this.auditSink = auditSinkOf((record) => this.record("audit record", record));
  }

  /** The canary of that name, always the same: what a literal, a variable or a file is to hold. */
  textOf(name: string): string {
    const known = this.#canaries.get(name);
    if (known !== undefined) return known.text;
    const core = `canary${randomBytes(12).toString("hex")}`;
    const canary = { name, core, text: `${core}"+/\\ä%` };
    this.#canaries.set(name, canary);
    return canary.text;
  }

  /** Whatever came out of somewhere: an error with its causes, what a program printed, bytes. */
  record(sink: string, value: unknown): void {
    this.#recorded.push({ sink, forms: printedForms(value) });
  }

  /**
   * Records what the manager tells from now on and, at the end, all that it shows: values, history,
   * diffs, explanations, a plan, metrics. Then it is stopped; do not stop it before.
   */
  observe<T>(manager: ConfigManager<T>): void {
    const record = this.record.bind(this);
    recordEvents(manager, record);
    const finish = async () => {
      await using shown = manager;
      await recordAnswers(shown, record);
    };
    this.#managers.push({ finish });
  }

  /** Records, at the end, every file below the folder: what is kept on disk. */
  observeFolder(path: string): void {
    this.#folders.push(path);
  }

  /** Looks everywhere; a secret that nobody asked for is in no sink, so there must be a canary. */
  async findLeaks(): Promise<readonly CanaryLeak[]> {
    for (const { finish } of this.#managers.splice(0)) await finish();
    for (const folder of this.#folders.splice(0)) await this.#recordFolder(folder);
    if (this.#canaries.size === 0) throw new Error("no canary was asked for: nothing is proven");
    return this.#recorded.flatMap(({ sink, forms }) =>
      [...this.#canaries.values()].flatMap((canary): readonly CanaryLeak[] => {
        const encoding = forms.map((form) => findCanary(form, canary)).find((found) => found);
        return encoding === undefined ? [] : [{ sink, secret: canary.name, encoding }];
      }),
    );
  }

  async #recordFolder(folder: string): Promise<void> {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile()) this.record(`file ${path}`, await readFile(path));
    }
  }
}

function canarySecrets(textOf: (name: string) => string): SecretsManager {
  const getSecret = async (path: string, { key, version }: SecretReadOptions = {}) => {
    const name = `${path}${key === undefined ? "" : `#${key}`}${version === undefined ? "" : `@${version}`}`;
    return createSecretMaterial(new TextEncoder().encode(textOf(name)));
  };
  return {
    kind: "canary",
    getSecret,
    getSecrets: async (paths, options) => {
      const all = paths.map(async (path) => [path, await getSecret(path, options)] as const);
      return new Map(await Promise.all(all));
    },
    refresh: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

function auditSinkOf(record: (record: AuditRecord) => void): AuditSink {
  return {
    kind: "canary",
    append: async (entry) => record(entry),
    flush: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
