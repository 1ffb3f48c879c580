import type { ListPage } from "@llmcfg/protocol";
import type { Answer } from "../http/answer.ts";
import type { CallOptions } from "../http/send.ts";

/** Which page of a list: of at most `limit` items, after those of the page that gave `cursor`. */
export interface PageOptions extends CallOptions {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/**
 * The items of all pages, in the order of the list. A page is read when its first item is asked
 * for.
 */
export async function* eachItem<T>(
  readPage: (cursor: string | undefined) => Promise<Answer<ListPage<T>>>,
): AsyncGenerator<T, void, undefined> {
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const { items, nextCursor } = (await readPage(cursor)).body;
    yield* items;
    cursor = nextCursor;
  }
}
