import type { MeBody, TokenBody } from "@llmcfg/protocol";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type CreateTokenDeps, createToken } from "../../modules/identity/create-token.ts";
import { type ListTokensDeps, listTokens } from "../../modules/identity/list-tokens.ts";
import { toTokenBody } from "../../modules/identity/token-body.ts";
import { whoAmI } from "../../modules/identity/who-am-i.ts";
import { callerOf } from "./exchange.ts";
import { duration } from "./query.ts";
import { pageOf } from "./schemas.ts";
import { serve } from "./serve.ts";

export type TokensDeps = CreateTokenDeps & ListTokensDeps;

const Grant = z.object({ role: z.string(), scope: z.string() });

const Token: z.ZodType<TokenBody> = z.object({
  id: z.string(),
  kind: z.enum(["dev", "pat", "sa", "agt"]),
  name: z.string(),
  principal: z.string(),
  roles: z.array(Grant),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
  token: z.string().exactOptional(),
});

const Me: z.ZodType<MeBody> = z.object({
  principal: z.string(),
  tenant: z.string(),
  roles: z.array(Grant),
  expiresAt: z.string().nullable(),
});

const TokenBodySchema = z.strictObject({
  kind: z.enum(["pat", "sa", "agt"]),
  name: z.string(),
  roles: z
    .array(z.strictObject({ role: z.string(), scope: z.string() }))
    .min(1)
    .max(32),
  expiresIn: duration(Number.MAX_SAFE_INTEGER).optional(),
});

/** `/v1/tokens` and `/v1/me`: credentials, and whom one's own stands for. */
export function tokensRoutes(app: FastifyInstance, deps: TokensDeps): void {
  serve(app, "listTokens", {
    tag: "access",
    answers: { 200: pageOf(Token) },
    handle: async (request) => {
      const options = { signal: request.signal };
      return { items: await listTokens(deps, callerOf(request), options), nextCursor: null };
    },
  });
  serve(app, "createToken", {
    tag: "access",
    body: TokenBodySchema,
    answers: { 201: Token },
    handle: async (request, reply) => {
      const { kind, name, roles, expiresIn: expiresInMs } = request.body;
      const command = { caller: callerOf(request), kind, name, roles, expiresInMs };
      const { token, text } = await createToken(deps, command, { signal: request.signal });
      return reply
        .code(201)
        .headers({ location: `/v1/tokens/${token.id}`, "cache-control": "no-store" })
        .send(toTokenBody(token, token.limitedTo ?? roles, text));
    },
  });
  serve(app, "getMe", {
    tag: "access",
    answers: { 200: Me },
    handle: async (request) => await whoAmI(deps, callerOf(request), { signal: request.signal }),
  });
}
