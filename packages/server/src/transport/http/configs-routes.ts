import type { FastifyInstance } from "fastify";
import type { ConfigsDeps } from "./configs-deps.ts";
import { getConfigRoute } from "./get-config-route.ts";
import { listConfigsRoutes } from "./list-configs-routes.ts";
import { writeConfigRoutes } from "./write-config-routes.ts";

/** The resource `/v1/configs/…`: effective values, and writes of own items. */
export function configsRoutes(app: FastifyInstance, deps: ConfigsDeps): void {
  getConfigRoute(app, deps);
  listConfigsRoutes(app, deps);
  writeConfigRoutes(app, deps);
}
