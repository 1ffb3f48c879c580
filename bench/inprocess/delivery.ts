import { documentOf, openManager, textOf } from "./documents.ts";
import { changeLeaf } from "./reloads.ts";

export interface DeliveryTimes {
  /** From the last preparation until the first commit: the swap, and nothing else of note. */
  readonly pauseMs: number;
  /** From the swap until the event loop is free again: what notifies all subscribers is within. */
  readonly freeAfterMs: number;
  /** From the swap until the last subscriber was called. */
  readonly lastCallMs: number;
}

/** A change of a configuration of so many bytes that so many subscribers are told of. */
export async function timeDelivery(bytes: number, subscribers: number): Promise<DeliveryTimes> {
  const textAt = (port: number) => textOf("json", documentOf(bytes, port));
  await using opened = await openManager(new Map([["a.json", textAt(1)]]));
  let calledAt = 0;
  let calls = 0;
  const allCalled = Promise.withResolvers<void>();
  for (let i = 0; i < subscribers; i++) {
    opened.manager.subscribe(() => {
      calledAt = performance.now();
      if (++calls === subscribers) allCalled.resolve();
    });
  }
  let preparedAt = 0;
  let committedAt = 0;
  const free = Promise.withResolvers<number>();
  const commit = () => {
    committedAt = performance.now();
    setImmediate(() => free.resolve(performance.now() - committedAt));
  };
  const prepare = async () => {
    preparedAt = performance.now();
    return { commit, abort() {} };
  };
  opened.manager.addParticipant({ name: "watch", prepare });
  await changeLeaf(opened, "a.json", textAt(2));
  await allCalled.promise;
  const pauseMs = committedAt - preparedAt;
  return { pauseMs, freeAfterMs: await free.promise, lastCallMs: calledAt - committedAt };
}

/** The fastest of some explanations of one leaf: what others on the machine take can only be added. */
export async function timeExplain(bytes: number): Promise<number> {
  const text = textOf("json", documentOf(bytes, 1));
  await using opened = await openManager(new Map([["a.json", text]]));
  const times = Array.from({ length: 20 }, () => {
    const startedAt = performance.now();
    const { value } = opened.manager.explain("items[item-9].weight");
    if (value !== 9) throw new Error(`the leaf is ${JSON.stringify(value)}`);
    return performance.now() - startedAt;
  });
  return Math.min(...times);
}
