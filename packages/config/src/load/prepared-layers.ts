import { prepareInSteps } from "../merge/prepare-layer.ts";
import type { Tree, TreeContext } from "../merge/tree.ts";
import type { Located } from "../sources/located.ts";
import type { Fault } from "../validate/fault.ts";

/** A layer, and what was found while it was made. */
interface Prepared {
  readonly source: string;
  readonly tree: Tree;
  readonly faults: readonly Fault[];
}

/**
 * Layers by what they are made of: those of sources that did not change are made once. What is
 * wrong with one is reported each time.
 */
export class PreparedLayers {
  readonly #known = new WeakMap<Located, Prepared>();

  /** As `prepareInSteps` at the root of the document. */
  *prepare(located: Located, source: string, context: TreeContext): Generator<void, Tree> {
    const known = this.#known.get(located);
    const prepared = known?.source === source ? known : yield* this.#make(located, source, context);
    for (const fault of prepared.faults) context.report(fault);
    return prepared.tree;
  }

  *#make(located: Located, source: string, context: TreeContext): Generator<void, Prepared> {
    const faults: Fault[] = [];
    const report = (fault: Fault) => void faults.push(fault);
    const tree = yield* prepareInSteps(located, source, { ...context, report });
    const prepared = { source, tree, faults };
    this.#known.set(located, prepared);
    return prepared;
  }
}
