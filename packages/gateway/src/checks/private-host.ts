/**
 * Whether a host is one that the public internet cannot reach under this name: loopback, RFC 1918,
 * RFC 4193, link-local, `localhost`, one label, `*.svc`, `*.svc.cluster.local`, `*.internal`,
 * `*.local`.
 *
 * @param hostname as `URL` has it: lower case, IPv6 in brackets
 */
export function isPrivateHost(hostname: string): boolean {
  if (hostname.startsWith("[")) return isPrivateIpv6(hostname.slice(1, -1));
  if (/^[0-9]+(\.[0-9]+){3}$/.test(hostname)) return isPrivateIpv4(hostname);
  const labels = hostname.replace(/\.$/, "").split(".");
  if (labels.length === 1) return true;
  return /(^|\.)(localhost|svc|svc\.cluster\.local|internal|local)$/.test(labels.join("."));
}

function isPrivateIpv4(address: string): boolean {
  const [a = 0, b = 0] = address.split(".").map(Number);
  if (a === 127 || a === 10) return true;
  return (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168) || (a === 169 && b === 254);
}

/** `URL` writes addresses in the one form of RFC 5952. */
function isPrivateIpv6(address: string): boolean {
  if (address === "::1") return true;
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address) ?? [];
  if (high !== undefined && low !== undefined) return isPrivateIpv4(mappedIpv4(high, low));
  const first = Number.parseInt(address.split(":")[0] ?? "", 16);
  return (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80;
}

function mappedIpv4(high: string, low: string): string {
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [a >> 8, a & 255, b >> 8, b & 255].join(".");
}
