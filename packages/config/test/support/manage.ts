import {
  ConfigLoader,
  type ConfigManager,
  ConfigValidator,
  createManager,
  type Json,
  type Logger,
  type ManagerOptions,
  type SecretsManager,
} from "@llmcfg/config";
import { hearOutput } from "../../../../tests/support/canaries/planted.ts";
import { silentLogger } from "../../src/logger.ts";
import { type Gateway, gatewaySchema } from "./gateway-schema.ts";
import { MemorySource } from "./memory-source.ts";

export interface Managed extends AsyncDisposable {
  readonly manager: ConfigManager<Gateway>;
  readonly source: MemorySource;
}

export interface ManageOptions extends Partial<ManagerOptions<Gateway>> {
  readonly secrets?: SecretsManager;
  readonly variables?: Readonly<Record<string, string | undefined>>;
}

/** A manager over one source in memory; it does not watch before it is started. */
export async function manage(document: Json, options: ManageOptions = {}): Promise<Managed> {
  const { secrets, variables = {}, ...rest } = options;
  const source = new MemorySource(document, secrets === undefined ? {} : { secrets });
  const { clock } = rest;
  const seams = clock === undefined ? {} : { clock };
  const loader = new ConfigLoader(gatewaySchema, seams).addSource(source).addEnv({ variables });
  const validator = new ConfigValidator(gatewaySchema);
  const logger = heardLogger(rest.logger ?? silentLogger);
  const manager = await createManager({ loader, validator, ...rest, logger });
  return { manager, source, [Symbol.asyncDispose]: () => manager.stop() };
}

/** What it logs is looked through for secrets, as is everything that comes out of these suites. */
function heardLogger(logger: Logger): Logger {
  const heard = (level: keyof Logger) => (fields: object, message: string) => {
    hearOutput("log", [message, fields]);
    logger[level](fields, message);
  };
  return {
    debug: heard("debug"),
    info: heard("info"),
    warn: heard("warn"),
    error: heard("error"),
  };
}

/** Collects the names and details of events. */
export function eventsOf(manager: ConfigManager<Gateway>): readonly (readonly [string, unknown])[] {
  const seen: (readonly [string, unknown])[] = [];
  const names = [
    "change",
    "reload_failed",
    "reload_deferred",
    "source_stale",
    "source_recovered",
    "secret_rotated",
    "pending_restart",
    "hold",
    "watcher",
    "degraded",
  ];
  for (const name of names) {
    manager.events.addEventListener(name, (event) =>
      seen.push([name, (event as CustomEvent).detail]),
    );
  }
  return seen;
}
