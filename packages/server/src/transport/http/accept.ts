import { LlmcfgError } from "@llmcfg/core";

/**
 * The media type to answer with: of those that are offered, the one the client likes most; of
 * equally liked ones the first.
 *
 * @param offered the one for clients that do not care comes first
 * @throws {LlmcfgError} `NOT_ACCEPTABLE` where the client accepts none of them
 * @see RFC 9110, section 12.5.1
 */
export function negotiate<T extends string>(
  accept: string | undefined,
  offered: readonly [T, ...T[]],
): T {
  const ranges = accept === undefined || accept.trim() === "" ? [ANYTHING] : parseRanges(accept);
  let [best] = offered;
  let bestQuality = 0;
  for (const type of offered) {
    const quality = qualityOf(type, ranges);
    if (quality > bestQuality) [best, bestQuality] = [type, quality];
  }
  if (bestQuality > 0) return best;
  const message = `none of the accepted media types can be sent: it may be ${offered.join(", ")}`;
  throw new LlmcfgError("NOT_ACCEPTABLE", message, { mediaTypes: offered });
}

interface MediaRange {
  /** In lower case: `text/*`. */
  readonly type: string;
  /** 0 to 1. */
  readonly quality: number;
}

const ANYTHING: MediaRange = { type: "*/*", quality: 1 };

function parseRanges(accept: string): readonly MediaRange[] {
  return accept.split(",").map((range) => {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith("q="));
    const quality = weight === undefined ? 1 : Number(weight.slice(2));
    return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 };
  });
}

/** That of the most specific range that fits. */
function qualityOf(type: string, ranges: readonly MediaRange[]): number {
  const [kind = ""] = type.split("/");
  for (const form of [type, `${kind}/*`, "*/*"]) {
    const found = ranges.find((range) => range.type === form);
    if (found !== undefined) return found.quality;
  }
  return 0;
}
