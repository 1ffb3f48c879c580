import type { Json } from "@llmcfg/core";

export interface ConfigErrorOptions extends ErrorOptions {
  /** What to write or do instead, as half a sentence: `write "30s" or "30ms"`. */
  readonly hint?: string | undefined;
}

/**
 * What this library throws on purpose. A caller switches on {@link ConfigError.code}.
 *
 * Neither message nor hint holds a secret; the cause may be shown to whoever may read the sources.
 */
export class ConfigError extends Error {
  override readonly name: string = "ConfigError";
  /** In snake_case: `duration_without_unit`. */
  readonly code: string;
  readonly hint?: string;

  constructor(code: string, message: string, options: ConfigErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
  }

  toJSON(): Json {
    const { name, code, message, hint } = this;
    return hint === undefined ? { name, code, message } : { name, code, message, hint };
  }
}
