import {
  ConfigLoader,
  ConfigValidationError,
  type Finding,
  type Json,
  type LoaderOptions,
  type LoadResult,
} from "@llmcfg/config";
import { type Gateway, gatewaySchema } from "./gateway-schema.ts";
import { MemorySource } from "./memory-source.ts";

export interface LoadInput {
  readonly document?: Json;
  readonly variables?: Readonly<Record<string, string>>;
  readonly overrides?: Json;
  readonly options?: LoaderOptions;
}

/** A loader of the test schema over values in memory. */
export function loaderOf({
  document = {},
  variables,
  overrides,
  options,
}: LoadInput): ConfigLoader<Gateway> {
  const loader = new ConfigLoader(gatewaySchema, options).addSource(new MemorySource(document));
  if (variables !== undefined) loader.addEnv({ variables });
  if (overrides !== undefined) loader.withOverrides(overrides as never); // any JSON, also what is wrong
  return loader;
}

export async function load(input: LoadInput): Promise<LoadResult<Gateway>> {
  return await loaderOf(input).load();
}

/** The errors of a configuration that is refused, as `code path`. */
export async function errorsOf(input: LoadInput): Promise<readonly Finding[]> {
  try {
    await load(input);
  } catch (error) {
    if (error instanceof ConfigValidationError) return error.report.errors;
    throw error;
  }
  throw new Error("it is valid");
}
