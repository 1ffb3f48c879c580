import type { ConfigPath, CrossCheck } from "@llmcfg/config";
import { Place } from "./place.ts";

/** One thing that a check has found. */
export interface Discovery {
  /** The first is the place of the finding, the others belong to it. */
  readonly at: readonly [Place, ...Place[]];
  readonly message: string;
  readonly hint?: string;
  readonly severity?: "error" | "warning";
}

/** A check that looks at the document as a {@link Place}. */
export function defineCheck(
  code: string,
  needs: readonly ConfigPath[],
  find: (root: Place) => Iterable<Discovery>,
): CrossCheck {
  return {
    code,
    needs,
    check(document, report) {
      for (const { at, ...finding } of find(Place.root(document))) {
        report({ ...finding, paths: at.map(({ path }) => path) });
      }
    },
  };
}
