import type { PrefixedVariable } from "./environment-source.ts";

/** Variables that Kubernetes set for one Service. */
export interface ServiceLinks {
  /** Name of the Service: `gateway`. */
  readonly service: string;
  readonly names: readonly string[];
}

/**
 * The variables that Kubernetes puts into each container for the Services of its namespace: those
 * of a base that has both `_SERVICE_HOST` and `_SERVICE_PORT`, or whose `_PORT` is a socket address.
 */
export function findServiceLinks(variables: readonly PrefixedVariable[]): readonly ServiceLinks[] {
  const byName = new Map(variables.map(({ name, text }) => [name.toUpperCase(), text]));
  const bases = new Set<string>();
  for (const [name, text] of byName) {
    const host = /^(.+)_SERVICE_HOST$/.exec(name)?.[1];
    if (host !== undefined && byName.has(`${host}_SERVICE_PORT`)) bases.add(host);
    const port = /^(.+)_PORT$/.exec(name)?.[1];
    if (port !== undefined && /^(tcp|udp|sctp):\/\//.test(text)) bases.add(port);
  }
  return [...bases].map((base) => {
    const names = variables
      .map(({ name }) => name)
      .filter((name) => isOf(base, name.toUpperCase()));
    return { service: base.toLowerCase().replaceAll("_", "-"), names };
  });
}

const OF_SERVICE =
  /^(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;

function isOf(base: string, name: string): boolean {
  return name.startsWith(`${base}_`) && OF_SERVICE.test(name.slice(base.length + 1));
}
