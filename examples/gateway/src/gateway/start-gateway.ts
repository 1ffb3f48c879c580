import { join } from "node:path";
import { type LlmcfgSource, llmcfgSource } from "@llmcfg/client/source";
import { openLastGoodStore } from "@llmcfg/client/store";
import type { ConfigManager } from "@llmcfg/config";
import { type GatewayConfig, startGatewayConfig } from "@llmcfg/gateway";
import { listen, type RunningServer } from "../json-http.ts";
import { AgentPool } from "./agent-pool.ts";
import { DeploymentHealth } from "./deployment-health.ts";
import { Gateway } from "./gateway.ts";
import { gatewayParticipant } from "./gateway-participant.ts";
import { RevisionTracker } from "./revision-tracker.ts";
import { supportedOnly } from "./supported-only.ts";

export interface StartGatewayOptions {
  /** YAML, TOML or JSON: one or more, weakest first. */
  readonly file: string | readonly string[];
  /** Without it, files and environment are all there is. */
  readonly controlPlane?: ControlPlaneOptions;
  /**
   * A folder of this process alone, for what was accepted last: the gateway starts from it where
   * its sources are refused, or away. Without it, such a start fails.
   */
  readonly stateDir?: string | undefined;
  /** Takes the next port where `server.port` is in use. */
  readonly orNext?: boolean;
  /** What the breakers go by, in milliseconds since 1970; so that tests can hold it still. */
  readonly nowMs?: () => number;
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
 * @throws {ConfigError} for a configuration that is not valid, or asks for what this gateway does
 *   not do, where none was accepted before
 */
export async function startGateway(options: StartGatewayOptions): Promise<RunningGateway> {
  await using stack = new AsyncDisposableStack();
  const { file, controlPlane, stateDir } = options;
  const revisions = new RevisionTracker();
  const sources =
    controlPlane === undefined
      ? []
      : [revisions.track(stack.use(await openSource(controlPlane, stateDir)))];
  const manager = stateDir === undefined ? {} : lastKnownGoodIn(stateDir);
  const rules = { extra: [supportedOnly()] };
  const config = stack.use(await startGatewayConfig({ file, sources, rules, manager }));

  // From here on it has its say: at once, so that no change comes in between.
  const agents = stack.use(new AgentPool());
  let running: RunningServer | undefined;
  const limit = (maxConnections: number): void => running?.limit(maxConnections);
  config.addParticipant(gatewayParticipant({ agents, revisions, limit }));
  const { bootedFrom } = config.status;
  revisions.follow(() => config.current(), { isRead: bootedFrom === "sources" });

  const health = new DeploymentHealth(options.nowMs);
  const gateway = new Gateway({
    snapshot: () => config.snapshot(),
    metrics: () => config.metrics(),
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

/** The whole configuration, as it was accepted last: its keys are references there, never texts. */
function lastKnownGoodIn(stateDir: string) {
  return { stateDir: join(stateDir, "config"), bootPolicy: "last_known_good" } as const;
}

/** The state folder keeps the control plane's layer too, with its secrets, sealed by the token. */
async function openSource(
  options: ControlPlaneOptions,
  stateDir: string | undefined,
): Promise<LlmcfgSource> {
  const { token } = options;
  const dir = stateDir === undefined ? undefined : join(stateDir, "control-plane");
  const store = dir === undefined ? undefined : await openLastGoodStore({ dir, token });
  return llmcfgSource({ ...options, node: "example-gateway", store });
}
