import { resolve } from "node:path";
import {
  ConfigLoader,
  type DeepReadonly,
  type Json,
  planChange,
  readAccepted,
} from "@llmcfg/config";
import { type GatewayConfig, gatewaySchema } from "@llmcfg/gateway";
import { type Invocation, type Run, usage } from "../../command.ts";
import { printAnswer } from "../../output/print.ts";
import { lookOf } from "./look-of.ts";
import { openGateway } from "./open-gateway.ts";
import { exitCodeOf } from "./print-report.ts";
import { withConfigErrors } from "./with-config-errors.ts";

const DIFFERENT = 10;

/** What it would mean to replace what is in force by a file. */
export const plan: Run = withConfigErrors(async (invocation: Invocation) => {
  const { flags, io, output } = invocation;
  const to = flags["to"];
  if (typeof to !== "string") throw usage("name the new configuration: --to gateway.yaml");
  const { loader, validator, resolveSecrets } = openGateway([to], invocation);
  const config = await inForce(invocation);
  const { signal } = io;
  const made = await planChange({
    from: { config },
    to: loader,
    validator,
    resolveSecrets,
    signal,
  });
  await printAnswer(io, output, {
    raw: JSON.stringify(made),
    text: () => `${made.format(lookOf(invocation))}\n`,
  });
  if (!made.valid) return exitCodeOf(made.report);
  return flags["exit-code"] === true && !made.diff.isEmpty ? DIFFERENT : 0;
});

/** Of a file, or of what a process accepted last. */
async function inForce(invocation: Invocation): Promise<DeepReadonly<GatewayConfig>> {
  const { flags, io } = invocation;
  const { from, "state-dir": stateDir } = flags;
  if (typeof from === "string" && stateDir === undefined) {
    const { loader } = openGateway([from], invocation);
    return (await loader.load({ resolveSecrets: false, signal: io.signal })).config;
  }
  if (typeof stateDir === "string" && from === undefined) {
    const stateKey = io.env["LLMCFG_GATEWAY_STATE_KEY"];
    const key = stateKey === undefined ? {} : { stateKey };
    const { document } = await readAccepted(gatewaySchema, {
      stateDir: resolve(io.cwd, stateDir),
      ...key,
    });
    return await ofDocument(document);
  }
  throw usage("name what is in force: either --from gateway.yaml or --state-dir DIR");
}

async function ofDocument(document: Json): Promise<DeepReadonly<GatewayConfig>> {
  const overrides = document as Parameters<ConfigLoader<GatewayConfig>["withOverrides"]>[0]; // it was accepted
  const loader = new ConfigLoader(gatewaySchema).withOverrides(overrides);
  return (await loader.load({ resolveSecrets: false })).config;
}
