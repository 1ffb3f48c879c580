import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { evaluateRoute, type RouteDecision } from "@llmcfg/gateway";
import { ApiError } from "../api-error.ts";
import { type ChatRequest, parseChatRequest } from "../dialects/chat-request.ts";
import { readJson, sendJson } from "../json-http.ts";
import type { AgentPool } from "./agent-pool.ts";
import { answerHeaders } from "./answer-headers.ts";
import { authenticate, type GatewayCaller } from "./authenticate.ts";
import type { DeploymentHealth } from "./deployment-health.ts";
import { forward } from "./forward.ts";
import type { GatewaySnapshot } from "./gateway-snapshot.ts";
import { listModels } from "./list-models.ts";
import { metricsRoute, sendMetrics } from "./send-metrics.ts";
import { sendStream } from "./send-stream.ts";
import { pathOf, toRouteRequest } from "./to-route-request.ts";

export interface GatewayParts {
  /** Called once for each request. */
  readonly snapshot: () => GatewaySnapshot;
  /** OpenMetrics text. */
  readonly metrics: () => string;
  /** The control plane's revision that is in a snapshot. */
  readonly revisionOf: (snapshot: GatewaySnapshot) => string | undefined;
  readonly agents: AgentPool;
  readonly health: DeploymentHealth;
}

/** What the gateway does with one request. */
export class Gateway {
  readonly #parts: GatewayParts;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
  }

  /**
   * Answers one request; the configuration cannot change while it does.
   *
   * @throws {ApiError} what the caller is to be told instead
   */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const snapshot = this.#parts.snapshot();
    this.#describe(response, snapshot, {});
    const route = `${request.method} ${pathOf(request.url ?? "/")}`;
    if (route === "GET /healthz") return sendJson(response, 200, { status: "ok" });
    if (route === metricsRoute(snapshot)) return sendMetrics(response, this.#parts.metrics());
    const caller = await authenticate(snapshot, request.headers);
    if (route === "GET /v1/models") return sendJson(response, 200, listModels(snapshot.config));
    if (route === "POST /v1/chat/completions") {
      return await this.#complete(request, response, { snapshot, caller });
    }
    throw new ApiError(`there is no ${route}`, { status: 404, type: "invalid_request_error" });
  }

  async #complete(
    request: IncomingMessage,
    response: ServerResponse,
    { snapshot, caller }: { readonly snapshot: GatewaySnapshot; readonly caller: GatewayCaller },
  ): Promise<void> {
    const { health, agents } = this.#parts;
    const { config } = snapshot;
    const chat = parseChatRequest(await readJson(request, config.server.max_body_size));
    const requestId = requestIdOf(request);
    response.setHeader("x-request-id", requestId);
    const about = { ...caller, requestId };
    const asked = toRouteRequest(chat, request, about);
    const decision = evaluateRoute(config, asked, health.routeState(snapshot, chat.model));
    this.#describe(response, snapshot, { decision });
    requireRoute(decision, chat);

    const gone = new AbortController();
    response.once("close", () => gone.abort(new Error("the caller has gone")));
    const { attempts } = decision;
    const forwarding = { snapshot, chat, attempts, agents, health, signal: gone.signal };
    const { attempt, answer } = await forward(forwarding);
    this.#describe(response, snapshot, { decision, provider: attempt.provider });
    if (answer.type === "completion") sendJson(response, 200, answer.body);
    else await sendStream(response, answer);
  }

  #describe(
    response: ServerResponse,
    snapshot: GatewaySnapshot,
    of: { readonly decision?: RouteDecision; readonly provider?: string },
  ): void {
    const revision = this.#parts.revisionOf(snapshot);
    const headers = answerHeaders({ snapshot, revision, ...of });
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  }
}

function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers["x-request-id"];
  return typeof given === "string" && /^[\w.-]{1,128}$/.test(given) ? given : randomUUID();
}

/** @throws {ApiError} where there is nobody to ask */
function requireRoute(decision: RouteDecision, { model }: ChatRequest): void {
  switch (decision.outcome) {
    case "route":
      return;
    case "reject": {
      const { status = 403, reason = "refused" } = decision.reject ?? {};
      throw new ApiError(reason, { status, type: "invalid_request_error", code: "rejected" });
    }
    case "no_route": {
      if (decision.excluded.length > 0) {
        const message = `no deployment of ${model} can be used at the moment`;
        throw new ApiError(message, { status: 503, type: "api_error", code: "no_deployment" });
      }
      throw new ApiError(`the model ${model} does not exist`, {
        status: 404,
        type: "invalid_request_error",
        code: "model_not_found",
        param: "model",
      });
    }
  }
}
