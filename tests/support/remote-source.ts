import {
  type ConfigSource,
  nodeFileSystem,
  type RemoteSourceOptions,
  systemClock,
} from "@llmcfg/config";
import { TextParser } from "../../packages/config/src/formats/text-parser.ts";
import { createRemoteSource } from "../../packages/config/src/sources/remote/create-remote-source.ts";

/** A source as `addRemote` makes it, by itself. */
export function remoteSource(
  options: RemoteSourceOptions,
  variables: Readonly<Record<string, string>> = {},
): ConfigSource {
  return createRemoteSource(options, {
    clock: systemClock,
    random: Math.random,
    variable: (name) => variables[name],
    fs: nodeFileSystem,
    parser: new TextParser(), // its thread, if it has one, ends when it is idle
  });
}
