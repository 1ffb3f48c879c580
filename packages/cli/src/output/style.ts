import { styleText } from "node:util";
import { usage } from "../command.ts";
import type { Io } from "../io.ts";

/** The text in a colour, or as it is where none is wanted. Meaning is never in the colour alone. */
export type Style = (name: "dim" | "red" | "yellow" | "green", text: string) => string;

/**
 * `--color` decides, then `NO_COLOR`, `CLICOLOR_FORCE` and `FORCE_COLOR`, then whether the stream is
 * a terminal that is not dumb and `CLICOLOR` is not 0.
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT` where `--color` is another word
 */
export function styleOf(
  flags: Readonly<Record<string, string | boolean | undefined>>,
  env: Io["env"],
  isTerminal: boolean,
): Style {
  if (!isColored(flags["color"] ?? "auto", env, isTerminal)) return (_name, text) => text;
  return (name, text) => styleText(name, text, { validateStream: false });
}

function isColored(
  asked: string | boolean | undefined,
  env: Io["env"],
  isTerminal: boolean,
): boolean {
  if (asked === "always") return true;
  if (asked === "never") return false;
  if (asked !== "auto") {
    throw usage(`--color ${String(asked)} is not known`, "use one of auto, always, never");
  }
  if (isSet(env["NO_COLOR"])) return false;
  if (isOn(env["CLICOLOR_FORCE"]) || isOn(env["FORCE_COLOR"])) return true;
  if (env["FORCE_COLOR"] === "0") return false;
  return isTerminal && env["TERM"] !== "dumb" && env["CLICOLOR"] !== "0";
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}

function isOn(value: string | undefined): boolean {
  return isSet(value) && value !== "0" && value !== "false";
}
