/** The member that the object has itself: nothing for `toString` and what else all objects inherit. */
export function ownMember<V>(object: Readonly<Record<string, V>>, name: string): V | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
