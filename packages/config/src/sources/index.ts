/**
 * What a source of configuration is, and what helps to write one: `@llmcfg/config/sources`.
 *
 * @module
 */

export {
  type Format,
  type ParsedText,
  type ParseOptions,
  parseText,
} from "../formats/parse-text.ts";
export type {
  ConfigSource,
  SourceContent,
  SourceFailure,
  SourceOutcome,
  SourceRead,
  SourceReadContext,
  SourceWatchContext,
} from "./config-source.ts";
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
