import type { KeyRef } from "@llmcfg/core";
import type { WriteBody } from "@llmcfg/protocol";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { ChangeSet, GivenAbout, Operation } from "../../modules/configs/change-set.ts";
import { commitAs } from "../../modules/configs/commit-change-set.ts";
import { commitOnce } from "../../modules/configs/commit-once.ts";
import type { CommitResult } from "../../modules/configs/commit-result.ts";
import type { Answer } from "../../modules/configs/once.ts";
import { toWriteResult } from "../../modules/configs/to-wire.ts";
import type { ConfigsDeps } from "./configs-deps.ts";
import { callerOf } from "./exchange.ts";
import { Flag } from "./query.ts";
import { WriteBodySchema, WriteResultSchema } from "./schemas.ts";
import { serve } from "./serve.ts";
import { canonicalPath, pathOf, requireKey } from "./target.ts";
import { onceOf, sendAnswer, toPrecondition, viaOf, WRITE_OPTIONS } from "./write-request.ts";

const PostQuery = z.strictObject({ ...WRITE_OPTIONS, ifChanged: Flag });
const PutQuery = z.strictObject(WRITE_OPTIONS);
const DeleteQuery = z.strictObject({ ...WRITE_OPTIONS, mask: Flag });

const answers = { 200: WriteResultSchema, 201: WriteResultSchema } as const;

/** POST appends a version, PUT replaces the item, DELETE takes it away or masks it. */
export function writeConfigRoutes(app: FastifyInstance, deps: ConfigsDeps): void {
  serve(app, "postConfig", {
    tag: "configs",
    query: PostQuery,
    body: WriteBodySchema,
    answers,
    handle: async (request, reply) => {
      const { query, body } = request;
      const expected = toPrecondition(request, query);
      const ref = requireKey(request.target);
      const put = { op: "put", ref, expected, value: body.value, about: toAbout(body) } as const;
      const operation = { ...put, mode: "append", onlyIfChanged: query.ifChanged } as const;
      const message = body.message ?? undefined;
      return await write(deps, request, reply, { operation, message, isConfirmed: query.confirm });
    },
  });
  serve(app, "putConfig", {
    tag: "configs",
    query: PutQuery,
    body: WriteBodySchema,
    answers,
    handle: async (request, reply) => {
      const { query, body } = request;
      const expected = toPrecondition(request, query);
      const ref = requireKey(request.target);
      const put = { op: "put", ref, expected, value: body.value, about: toAbout(body) } as const;
      const operation = { ...put, mode: "replace", onlyIfChanged: true } as const;
      const message = body.message ?? undefined;
      return await write(deps, request, reply, { operation, message, isConfirmed: query.confirm });
    },
  });
  serve(app, "deleteConfig", {
    tag: "configs",
    query: DeleteQuery,
    answers: { 200: WriteResultSchema },
    handle: async (request, reply) => {
      const { query } = request;
      const expected = toPrecondition(request, query);
      const op = query.mask ? "mask" : "delete";
      const operation = { op, ref: requireKey(request.target), expected } as const;
      const isConfirmed = query.confirm;
      return await write(deps, request, reply, { operation, message: undefined, isConfirmed });
    },
  });
}

function toAbout(body: WriteBody): GivenAbout {
  const { type, contentType, sensitive, mergeMode, description, owner, tags } = body;
  const { environmentSpecific } = body;
  return {
    type,
    contentType,
    sensitive,
    mergeMode,
    description,
    owner,
    tags,
    environmentSpecific,
  };
}

interface Write {
  readonly operation: Operation;
  readonly message: string | undefined;
  readonly isConfirmed: boolean;
}

async function write(
  deps: ConfigsDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  { operation, message, isConfirmed }: Write,
): Promise<FastifyReply> {
  const caller = callerOf(request);
  const via = viaOf(request);
  const operations = [operation];
  const changeSet: ChangeSet = { caller, via, message, isConfirmed, isBatch: false, operations };
  const answerTo = (result: CommitResult) => toAnswer(request, operation, result);
  const { publicUrl } = deps;
  const once = request.method === "POST" ? onceOf(request, { answerTo, publicUrl }) : undefined;
  const options = { signal: request.signal };
  const outcome =
    once === undefined
      ? await commitAs(deps, { changeSet, options, once })
      : await commitOnce(deps, changeSet, once, options);
  if (outcome.kind === "replayed") return sendAnswer(reply, outcome.answer, true);
  return sendAnswer(reply, outcome.answer ?? answerTo(outcome.result), false);
}

/** 201 where there is a new version of a POST, or a new item of a PUT. */
function toAnswer(request: FastifyRequest, { op, ref }: Operation, result: CommitResult): Answer {
  const [first] = result.writes;
  if (first === undefined) throw new TypeError("a write of one key has one result");
  const isNew = request.method === "POST" ? !first.isUnchanged : first.isCreated;
  const path = pathTo(ref);
  const isAlias = pathOf(request.raw.url ?? "") !== path;
  const body = toWriteResult(first);
  return {
    status: op === "put" && isNew ? 201 : 200,
    headers: {
      "content-type": "application/json; charset=utf-8",
      "config-revision": String(result.revision),
      ...(body.etag === null ? {} : { etag: body.etag }),
      ...(op === "put" && isNew ? { location: `${path}?version=${first.version}` } : {}),
      ...(isAlias ? { "content-location": path } : {}),
    },
    body: JSON.stringify(body),
  };
}

function pathTo({ env, service, key }: KeyRef): string {
  return canonicalPath({ resource: "configs", env, service, key });
}
