import type { ConfigPath, DeepReadonly } from "../schema/config-types.ts";

/** What must hold of a configuration beside its structure; added by the application. */
export interface BusinessRule<T> {
  readonly name: string;
  /** Paths the rule reads; default: the whole document. */
  readonly needs?: readonly ConfigPath[];
  readonly severity?: "error" | "warning";
  /** Report findings, or throw: the message becomes one error of this rule. Limit 5 s. */
  check(config: DeepReadonly<T>, context: RuleContext): void | Promise<void>;
}

/** How a business rule tells what it found. */
export interface RuleContext {
  readonly report: (finding: RuleFinding) => void;
  /** When the configuration is checked. */
  readonly now: Date;
  /** Aborted at the time limit, or when the reload is given up. */
  readonly signal: AbortSignal;
}

/** What a business rule found, and where. */
export interface RuleFinding {
  readonly path: ConfigPath;
  readonly message: string;
  readonly code?: string;
  readonly hint?: string;
  readonly severity?: "error" | "warning";
}
