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
        throw unsupported("compressed requests are not accepted");
      }
      const charset = charsetOf(request.headers["content-type"] ?? "");
      if (charset !== "utf-8") throw unsupported(`the body must be in UTF-8, not ${charset}`);
      if (body.length === 0) {
        const errors = [{ pointer: "", code: "EMPTY", detail: "expected a JSON document" }];
        throw new LlmcfgError("INVALID_ARGUMENT", "the body is empty", { errors });
      }
      return parseJson(decodeUtf8(body));
    },
  );
}

/** JSON is UTF-8 whatever is said (RFC 8259, section 8.1); who says otherwise has sent other bytes. */
function charsetOf(contentType: string): string {
  const [, charset = "utf-8"] = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(contentType) ?? [];
  return charset.toLowerCase();
}

function unsupported(message: string): LlmcfgError {
  return new LlmcfgError("UNSUPPORTED_MEDIA_TYPE", message, { mediaTypes: ["application/json"] });
}
