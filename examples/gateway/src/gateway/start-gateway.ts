import { llmcfgSource } from "@llmcfg/client/source";
import type { ConfigManager } from "@llmcfg/config";
import { LlmcfgError } from "@llmcfg/core";
import { type GatewayConfig, startGatewayConfig } from "@llmcfg/gateway";
import { listen, type RunningServer } from "../json-http.ts";
import { AgentPool } from "./agent-pool.ts";
import { checkSupported } from "./check-supported.ts";
import { DeploymentHealth } from "./deployment-health.ts";
import { Gateway } from "./gateway.ts";
import { gatewayParticipant } from "./gateway-participant.ts";
import { RevisionTracker } from "./revision-tracker.ts";

export interface StartGatewayOptions {
  /** YAML, TOML or JSON. */
  readonly file: string;
  /** Without it, file and environment are all there is. */
  readonly controlPlane?: ControlPlaneOptions;
  /** Takes the next port where `server.port` is in use. */
  readonly orNext?: boolean;
}

export interface ControlPlaneOptions {
  readonly addr: string;
  readonly token: string;
  readonly env: string;
  readonly service: string;
}

export interface RunningGateway extends RunningServer {
  readonly config: ConfigManager<GatewayConfig>;
}

/**
 * Loads the configuration from file, environment and control plane, listens, and applies changes
 * as they come. Disposing it answers the requests in flight and closes all of it.
 *
 * @throws {ConfigError} for a configuration that is not valid
 * @throws {LlmcfgError} `NOT_IMPLEMENTED` for one that asks for what this gateway does not do
 */
export async function startGateway(options: StartGatewayOptions): Promise<RunningGateway> {
  await using stack = new AsyncDisposableStack();
  const revisions = new RevisionTracker();
  const sources =
    options.controlPlane === undefined
      ? []
      : [
          revisions.track(
            stack.use(llmcfgSource({ ...options.controlPlane, node: "example-gateway" })),
          ),
        ];
  const config = stack.use(await startGatewayConfig({ file: options.file, sources }));
  requireSupported(config);

  const agents = stack.use(new AgentPool());
  const health = new DeploymentHealth();
  revisions.follow(() => config.current());
  const gateway = new Gateway({
    snapshot: () => config.snapshot(),
    revisionOf: (snapshot) => revisions.revisionOf(snapshot),
    agents,
    health,
  });
  const { server } = config.effective();
  const running = stack.use(
    await listen((request, response) => gateway.handle(request, response), {
      host: server.bind_address,
      port: server.port,
      orNext: options.orNext ?? false,
      keepAliveTimeoutMs: server.keep_alive_timeout.ms,
      shutdownTimeoutMs: server.shutdown_timeout.ms,
    }),
  );
  running.limit(server.max_connections);
  config.addParticipant(gatewayParticipant({ agents, revisions, server: running }));

  const owned = stack.move();
  return { ...running, config, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function requireSupported(config: ConfigManager<GatewayConfig>): void {
  const [first] = checkSupported(config.current());
  if (first === undefined) return;
  throw new LlmcfgError("NOT_IMPLEMENTED", `${first.path}: ${first.reason}`, {});
}
