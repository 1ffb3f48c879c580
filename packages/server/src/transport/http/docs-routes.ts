/**
 * The documentation that the server carries: a page for each reason of the error table, made from
 * the table itself, so that every `type` of a problem leads somewhere without the internet.
 *
 * @module
 */

import { KINDS, LlmcfgError, REASONS, type Reason } from "@llmcfg/core";
import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { serve } from "./serve.ts";

export function docsRoutes(app: FastifyInstance): void {
  serve(app, "docs", {
    tag: "docs",
    answers: { 200: z.string() },
    produces: ["text/html"],
    handle: async (_request, reply) => sendPage(reply, "Documentation", indexBody()),
  });
  serve(app, "errorPage", {
    tag: "docs",
    answers: { 200: z.string() },
    produces: ["text/html"],
    handle: async (request, reply) => {
      const { reason } = request.params as { reason: string }; // the route has this parameter
      const found = reasonOf(reason);
      if (found === undefined) {
        throw new LlmcfgError("NOT_FOUND", "there is no such reason", { resource: "page" });
      }
      return sendPage(reply, found, reasonBody(found));
    },
  });
  serve(app, "llmsTxt", {
    tag: "docs",
    answers: { 200: z.string() },
    produces: ["text/plain"],
    handle: async (_request, reply) => reply.type("text/plain; charset=utf-8").send(LLMS_TXT),
  });
}

const REASON_NAMES = Object.keys(REASONS) as Reason[]; // the keys of that very record

function reasonOf(slug: string): Reason | undefined {
  return REASON_NAMES.find((name) => toSlug(name) === slug);
}

function toSlug(reason: Reason): string {
  return reason.toLowerCase().replaceAll("_", "-");
}

function reasonBody(reason: Reason): string {
  const { kind, title, hint, isLocal } = REASONS[reason];
  const { httpStatus, grpcCode, exitCode } = KINDS[kind];
  const http = isLocal === true ? "– (raised by the CLI, an agent or the SDK)" : String(httpStatus);
  return `<p>${escape(title)}.</p>
<table><tr><th>HTTP status</th><td>${http}</td></tr>
<tr><th>gRPC code</th><td>${isLocal === true ? "–" : grpcCode}</td></tr>
<tr><th>exit code</th><td>${exitCode}</td></tr></table>
${hint === undefined ? "" : `<p>What to do: ${escape(hint)}.</p>`}
<p><a href="/docs">All reasons</a></p>`;
}

function indexBody(): string {
  const rows = REASON_NAMES.map((reason) => {
    const { kind, title, isLocal } = REASONS[reason];
    const status = isLocal === true ? "–" : String(KINDS[kind].httpStatus);
    const link = `<a href="/docs/errors/${toSlug(reason)}">${reason}</a>`;
    return `<tr><td>${link}</td><td>${status}</td><td>${escape(title)}</td></tr>`;
  });
  return `<p>The interface: <a href="/openapi.json">OpenAPI 3.1</a>. Health: <a href="/health">/health</a>.
Metrics: <a href="/metrics">/metrics</a>.</p>
<h2>Reasons</h2>
<table><tr><th>reason</th><th>HTTP</th><th>meaning</th></tr>
${rows.join("\n")}</table>`;
}

const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;" +
  "color:#1b1f24;background:#fff}table{border-collapse:collapse}" +
  "td,th{text-align:left;padding:.25rem 1rem .25rem 0;border-bottom:1px solid #d0d7de}" +
  "@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}a{color:#79b8ff}" +
  "td,th{border-color:#30363d}}";

function sendPage(reply: FastifyReply, title: string, body: string): FastifyReply {
  const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title} · llmcfg</title><style>${STYLE}</style></head>
<body><h1>${title}</h1>
${body}
</body></html>
`;
  return reply
    .headers({
      "cache-control": "public, max-age=300",
      "content-security-policy":
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    })
    .type("text/html; charset=utf-8")
    .send(page);
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

const LLMS_TXT = `# LLM Config Manager

> Configuration control plane for LLM systems: typed configuration and secrets with environments,
> versions, one revision per tenant, live watches and a provable audit log.

- [OpenAPI 3.1](/openapi.json): the REST interface
- [Reasons](/docs): every error and what to do about it
- [Health](/health), [metrics](/metrics), [version](/version)
`;
