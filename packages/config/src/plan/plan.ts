/**
 * What a change would do, before it is made: the stages of a reload up to the diff, nothing applied.
 *
 * @module
 */

import type { Json } from "@llmcfg/core";
import type { ConfigDiff } from "../diff/config-diff.ts";
import type { ConfigPath, DeepReadonly } from "../schema/config-types.ts";
import type { ValidationReport } from "../validate/report.ts";

/** What a change would do. Nothing has been applied. */
export interface Plan {
  /** Whether it would be accepted, as far as schema, checks and rules go. */
  readonly valid: boolean;
  readonly report: ValidationReport;
  /** Empty where the change is invalid. */
  readonly diff: ConfigDiff;
  readonly pendingRestart: {
    /** Places that would wait for a restart. */
    readonly added: readonly ConfigPath[];
    /** Places that would wait no longer. */
    readonly cleared: readonly ConfigPath[];
  };
  /** What it means for what the configuration is about; what is most dangerous first. */
  readonly impact: readonly Impact[];
  /** Names of the participants that would be asked. */
  readonly participants: readonly string[];
  /**
   * For terminals of this width, without colour unless it is asked for. Without a width nothing is
   * cut or wrapped.
   */
  format(options?: { readonly color?: boolean; readonly width?: number }): string;
  /** As the JSON Schema `docs/schema/gateway-plan.json` says. */
  toJSON(): Json;
}

/** What a change means in the words of the application. */
export interface Impact {
  /** In snake_case: `model_vanishes`. */
  readonly kind: string;
  /** What it is about: a provider, a model, a rule. */
  readonly subject: string;
  readonly severity: "info" | "notice" | "danger";
  readonly message: string;
  /** The places that change it. */
  readonly paths: readonly ConfigPath[];
}

/** Reads the meaning of a change; registered with the schema. */
export interface PlanAnalyser<T> {
  readonly name: string;
  analyse(
    from: DeepReadonly<T>,
    to: DeepReadonly<T>,
    diff: ConfigDiff,
    context: PlanContext,
  ): Iterable<Impact>;
}

/** What else a meaning may depend on. */
export interface PlanContext {
  /** When the plan is made. */
  readonly now: Date;
}

/** What a plan is made of. */
export interface PlanParts {
  readonly report: ValidationReport;
  readonly diff: ConfigDiff;
  readonly pendingRestart: Plan["pendingRestart"];
  readonly impact: readonly Impact[];
  readonly participants: readonly string[];
}
