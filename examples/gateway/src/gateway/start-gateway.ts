import { type LlmcfgSource, llmcfgSource } from "@llmcfg/client/source";
import { openLastGoodStore } from "@llmcfg/client/store";
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
  /** Keeps what was applied last, so that it can start while the control plane is away. */
  readonly stateDir?: string | undefined;
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
      : [revisions.track(stack.use(await openSource(options.controlPlane)))];
  const config = stack.use(await startGatewayConfig({ file: options.file, sources }));
  requireSupported(config);

  // From here on it has its say: at once, so that no change comes in between.
  const agents = stack.use(new AgentPool());
  let running: RunningServer | undefined;
  const limit = (maxConnections: number): void => running?.limit(maxConnections);
  config.addParticipant(gatewayParticipant({ agents, revisions, limit }));
  revisions.follow(() => config.current());

  const health = new DeploymentHealth();
  const gateway = new Gateway({
    snapshot: () => config.snapshot(),
    revisionOf: (snapshot) => revisions.revisionOf(snapshot),
    agents,
    health,
  });
  const { server } = config.effective();
  running = stack.use(
    await listen((request, response) => gateway.handle(request, response), {
      host: server.bind_address,
      port: server.port,
      orNext: options.orNext ?? false,
      keepAliveTimeoutMs: server.keep_alive_timeout.ms,
      shutdownTimeoutMs: server.shutdown_timeout.ms,
    }),
  );
  running.limit(config.current().server.max_connections);

  const owned = stack.move();
  return { ...running, config, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function openSource({
  stateDir: dir,
  ...options
}: ControlPlaneOptions): Promise<LlmcfgSource> {
  const { token } = options;
  const store = dir === undefined ? undefined : await openLastGoodStore({ dir, token });
  return llmcfgSource({ ...options, node: "example-gateway", store });
}

function requireSupported(config: ConfigManager<GatewayConfig>): void {
  const [first] = checkSupported(config.current());
  if (first === undefined) return;
  throw new LlmcfgError("NOT_IMPLEMENTED", `${first.path}: ${first.reason}`, {});
}
