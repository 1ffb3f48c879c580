/**
 * Reading one value: ours, a plain property, and what others have for it.
 *
 * @module
 */

import { createRequire } from "node:module";
import { loadConfig } from "c12";
import { documentOf, openManager, textOf } from "./documents.ts";

/** Reads the value so often in a loop. @returns the sum, so that nothing is left out */
export type ReadLoop = (times: number) => number;

export const PORT = 8080;

export interface Readers extends AsyncDisposable {
  readonly byName: ReadonlyMap<string, ReadLoop>;
}

/** Each holds the same value; loops of their own, so that none is slowed by another's types. */
export async function openReaders(): Promise<Readers> {
  const document = documentOf(10_000, PORT);
  const opened = await openManager(new Map([["a.json", textOf("json", document)]]));
  const { manager } = opened;
  const plain = { server: { port: PORT } };
  const others = openOthers();
  const { config: c12 } = await loadConfig<typeof plain>({
    overrides: plain,
    rcFile: false,
    globalRc: false,
    dotenv: false,
    packageJson: false,
    configFile: "absent.config",
  });
  const byName = new Map<string, ReadLoop>([
    [
      "plain property",
      (times) => {
        let sum = 0;
        for (let i = 0; i < times; i++) sum += plain.server.port;
        return sum;
      },
    ],
    [
      "current()",
      (times) => {
        let sum = 0;
        for (let i = 0; i < times; i++) sum += manager.current().server.port;
        return sum;
      },
    ],
    [
      "c12",
      (times) => {
        let sum = 0;
        for (let i = 0; i < times; i++) sum += c12.server.port;
        return sum;
      },
    ],
    [
      "config",
      (times) => {
        let sum = 0;
        for (let i = 0; i < times; i++) sum += others.config.get("server.port");
        return sum;
      },
    ],
    [
      "convict",
      (times) => {
        let sum = 0;
        for (let i = 0; i < times; i++) sum += others.convict.get("server.port");
        return sum;
      },
    ],
  ]);
  return { byName, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}

interface Getter {
  get(path: string): number;
}

function openOthers(): { readonly config: Getter; readonly convict: Getter } {
  const require = createRequire(import.meta.url);
  process.env["NODE_CONFIG_DIR"] = import.meta.dirname; // no files of its kind are here
  process.env["NODE_CONFIG"] = JSON.stringify({ server: { port: PORT } });
  process.env["SUPPRESS_NO_CONFIG_WARNING"] = "1";
  const config = require("config") as Getter | { readonly default: Getter }; // as its manual says
  const convict = require("convict") as (schema: object) => Getter; // it has no types
  return {
    config: "default" in config ? config.default : config,
    convict: convict({ server: { port: { format: "port", default: PORT } } }),
  };
}
