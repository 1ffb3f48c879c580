import type { ConfigPath, CrossCheck, CrossCheckContext, CrossFieldResult } from "@llmcfg/config";
import { Place } from "./place.ts";

/** One thing that a check has found. */
export interface Discovery {
  /** The first is the place of the finding, the others belong to it. */
  readonly at: readonly [Place, ...Place[]];
  readonly message: string;
  readonly hint?: string;
  readonly severity?: "error" | "warning";
  /** What sort of thing it is; a conflict unless it is said. */
  readonly sort?: DiscoverySort;
  /** The layer whose value it is about, where that need not be the one that wins. */
  readonly source?: string;
}

/** What is found at the first place: it names what is not there, or what is there twice. */
export type DiscoverySort =
  | { readonly type: "invalid_reference"; readonly reference: string }
  | { readonly type: "duplicate_id"; readonly id: string }
  | { readonly type: "invalid_secret_reference"; readonly reference: string };

/** A check that looks at the document as a {@link Place}. */
export function defineCheck(
  code: string,
  needs: readonly ConfigPath[],
  find: (root: Place, context: CrossCheckContext) => Iterable<Discovery>,
): CrossCheck {
  return {
    code,
    needs,
    check(document, report, context) {
      for (const { at, sort, ...finding } of find(Place.root(document), context)) {
        const paths = at.map(({ path }) => path);
        const result = sort === undefined ? undefined : toResult(sort, at[0].path);
        report({ ...finding, paths, ...(result === undefined ? {} : { result }) });
      }
    },
  };
}

function toResult(sort: DiscoverySort, field: ConfigPath): CrossFieldResult {
  return sort.type === "invalid_secret_reference" ? { ...sort, path: field } : { ...sort, field };
}
