import {
  ConfigLoader,
  type ConfigManager,
  ConfigValidator,
  createManager,
  type Json,
  type ManagerOptions,
  type SecretsManager,
} from "@llmcfg/config";
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
  const manager = await createManager({ loader, validator, ...rest });
  return { manager, source, [Symbol.asyncDispose]: () => manager.stop() };
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
