import { resolve } from "node:path";
import type { ConfigLoader, ConfigValidator } from "@llmcfg/config";
import {
  createGatewayLoader,
  createGatewayValidator,
  type GatewayConfig,
  type StartGatewayOptions,
} from "@llmcfg/gateway";
import { type FlagValues, type Invocation, usage } from "../../command.ts";

export interface OpenedGateway {
  readonly loader: ConfigLoader<GatewayConfig>;
  readonly validator: ConfigValidator<GatewayConfig>;
  /** Whether the backends are asked for the secrets. */
  readonly resolveSecrets: boolean;
}

/** The files as a gateway reads them that is started in this environment; weakest first. */
export function openGateway(files: readonly string[], { io, flags }: Invocation): OpenedGateway {
  if (files.length === 0) throw usage("name at least one file: llmcfg gateway check gateway.yaml");
  const twice = files.find((file, index) => files.indexOf(file) < index);
  if (twice !== undefined) throw usage(`the file ${twice} is named twice`);
  const options: StartGatewayOptions = {
    file: files.map((file) => asTyped(file, io.cwd)),
    ...optionsOf(flags, io.cwd),
    envPrefix: false,
    checkOnly: true,
  };
  const loader = createGatewayLoader(options);
  if (flags["no-env"] !== true) loader.addEnv({ variables: io.env });
  return {
    loader,
    validator: createGatewayValidator(options),
    resolveSecrets: flags["no-secrets"] !== true,
  };
}

/** So that findings name files as they were typed; absolute where they are relative to elsewhere. */
function asTyped(file: string, cwd: string): string {
  return cwd === process.cwd() ? file : resolve(cwd, file);
}

function optionsOf(
  flags: FlagValues,
  cwd: string,
): Pick<StartGatewayOptions, "strict" | "warningsAsErrors" | "jsonSchema" | "rules"> {
  const schema = flags["schema"];
  return {
    strict: flags["strict"] === true,
    warningsAsErrors: flags["warnings-as-errors"] === true,
    ...(typeof schema === "string" ? { jsonSchema: resolve(cwd, schema) } : {}),
    ...rulesOf(flags["min-providers"]),
  };
}

function rulesOf(minimum: FlagValues[string]): Pick<StartGatewayOptions, "rules"> {
  if (minimum === undefined) return {};
  const min = Number(minimum);
  if (!Number.isInteger(min) || min < 0) throw usage("--min-providers needs a whole number");
  return { rules: { providerRedundancy: min === 0 ? false : { min } } };
}
