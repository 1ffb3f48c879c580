import { decodeUtf8, LlmcfgError, parseJson } from "@llmcfg/core";
import type { FastifyInstance, FastifyRequest } from "fastify";

/**
 * Reads bodies by the strict parser: duplicate members, depth, numbers that would change and names
 * that pollute are refused before anything is built from them.
 */
export function registerJsonBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/json",
    { parseAs: "buffer" },
    async (request: FastifyRequest, body: Buffer) => {
      const encoding = request.headers["content-encoding"];
      if (encoding !== undefined && encoding !== "identity") {
        const message = "compressed requests are not accepted";
        throw new LlmcfgError("UNSUPPORTED_MEDIA_TYPE", message, {
          mediaTypes: ["application/json"],
        });
      }
      if (body.length === 0) {
        const errors = [{ pointer: "", code: "EMPTY", detail: "expected a JSON document" }];
        throw new LlmcfgError("INVALID_ARGUMENT", "the body is empty", { errors });
      }
      return parseJson(decodeUtf8(body));
    },
  );
}
