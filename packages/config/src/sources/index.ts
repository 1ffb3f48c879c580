/**
 * What a source of configuration is: `@llmcfg/config/sources`.
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
export type {
  Located,
  LocatedArray,
  LocatedObject,
  LocatedScalar,
  Position,
} from "./located.ts";
