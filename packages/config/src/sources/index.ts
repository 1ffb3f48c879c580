/**
 * What a source of configuration is, and what helps to write one: `@llmcfg/config/sources`.
 *
 * @module
 */

export { checkClockSkew } from "../doctor/clock-skew.ts";
export {
  type Format,
  type ParsedText,
  type ParseOptions,
  parseText,
} from "../formats/parse-text.ts";
export type {
  ConfigSource,
  ParsedDocument,
  SourceContent,
  SourceDocument,
  SourceFailure,
  SourceOutcome,
  SourceRead,
  SourceReadContext,
  SourceWatchContext,
} from "./config-source.ts";
export {
  type KubernetesRbacOptions,
  kubernetesRbac,
} from "./kubernetes/kubernetes-rbac.ts";
export { locateJson } from "./locate-json.ts";
export {
  formatPosition,
  type Located,
  type LocatedArray,
  type LocatedObject,
  type LocatedScalar,
  type Position,
  type Span,
} from "./located.ts";
export type { SeenPath, WatchedPath } from "./seen-path.ts";
