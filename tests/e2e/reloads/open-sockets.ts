import { readFileSync } from "node:fs";

/** A TCP socket of this machine, by the end that stays the same when it is opened again. */
export interface OpenSocket {
  /** It listens there, was accepted there, or leads there. */
  readonly role: "listens" | "at" | "to";
  readonly address: string;
}

interface TableRow {
  readonly inode: string;
  readonly local: string;
  readonly remote: string;
  readonly listens: boolean;
}

/** TCP sockets by the number that `/proc/self/fd` names them with. See proc_net_tcp(5). */
export function openSockets(): ReadonlyMap<string, OpenSocket> {
  const rows = ["/proc/self/net/tcp", "/proc/self/net/tcp6"].flatMap(rowsOf);
  const servers = new Set(rows.filter(({ listens }) => listens).map(({ local }) => portOf(local)));
  return new Map(rows.map((row) => [row.inode, toSocket(row, servers)]));
}

function toSocket({ local, remote, listens }: TableRow, servers: ReadonlySet<string>): OpenSocket {
  if (listens) return { role: "listens", address: local };
  const isAccepted = servers.has(portOf(local));
  return isAccepted ? { role: "at", address: local } : { role: "to", address: remote };
}

const LISTEN = "0A";

function rowsOf(table: string): readonly TableRow[] {
  const [, ...lines] = readFileSync(table, "utf8").trim().split("\n");
  return lines.flatMap((line) => {
    const [, local, remote, state, , , , , , inode] = line.trim().split(/\s+/);
    if (local === undefined || remote === undefined || inode === undefined) return [];
    const listens = state === LISTEN;
    return [{ inode, local: addressOf(local), remote: addressOf(remote), listens }];
  });
}

/** `0100007F:1CFC` is `127.0.0.1:7420`; addresses of IPv6 stay as they are. */
function addressOf(text: string): string {
  const [host = "", port = ""] = text.split(":");
  const bytes = host.length === 8 ? Buffer.from(host, "hex").toReversed() : undefined;
  return `${bytes?.join(".") ?? host}:${Number.parseInt(port, 16)}`;
}

function portOf(address: string): string {
  return address.slice(address.lastIndexOf(":") + 1);
}
