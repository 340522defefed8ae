import { FsError } from '@mountkit/core';
import ipaddr from 'ipaddr.js';

/** Which addresses may be connected to. */
export type NetworkOption = 'any' | 'public-only' | readonly string[];

/** The addresses of a host name, as text. Rejects when there are none. */
export type Lookup = (hostname: string) => Promise<readonly string[]>;

/** The decision about hosts and addresses. */
export interface NetworkPolicy {
  /** True where every host and every address will do, so that nothing has to be looked up. */
  readonly open: boolean;
  /** Whether a connection to `address`, which `hostname` stands for, may be made. */
  allows(hostname: string, address: string): boolean;
  /**
   * Decides about a host before anything is sent; a literal address is decided for good.
   * @throws {@link FsError} EACCES.
   */
  check(hostname: string, op: string, path: string): void;
}

// Azure's wire server lives at an address that is public by its range.
const metadata: ReadonlySet<string> = new Set(['168.63.129.16']);

// All that is given out of IPv6 (RFC 4291 section 2.4, IANA); outside of it are addresses such as ::127.0.0.1, which no range speaks of.
const globalUnicast = '2000::/3';

/** The policy behind an option. */
export function createNetworkPolicy(option: NetworkOption): NetworkPolicy {
  const allows = (hostname: string, address: string): boolean => {
    if (option === 'any') return true;
    if (option === 'public-only') return isPublic(address);
    return option.some((pattern) => covers(pattern, bare(hostname), address));
  };
  return {
    open: option === 'any',
    allows,
    check(hostname, op, path): void {
      const host = bare(hostname);
      if (ipaddr.isValid(host) && !allows(host, host)) throw refused(op, path);
    },
  };
}

/** The error of an address that may not be connected to. */
export function refused(op: string, path?: string): FsError {
  return new FsError('EACCES', {
    op,
    ...(path !== undefined && { path }),
    detail: "the option 'network' does not allow this address",
  });
}

/** Whether an address is reachable for everybody: not loopback, private, link-local, shared (CGNAT), unique local, mapped, or of a metadata service. */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  // Everything that is not plain unicast: mapped, NAT64, 6to4 and Teredo addresses carry another address inside.
  if (parsed.range() !== 'unicast' || metadata.has(address)) return false;
  return parsed.kind() === 'ipv4' || isWithinNetwork(address, globalUnicast);
}

/** Whether `pattern` can stand in an allow-list. */
export function isNetworkPattern(pattern: string): boolean {
  if (ipaddr.isValid(pattern) || ipaddr.isValidCIDR(pattern)) return true;
  return /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/i.test(pattern);
}

function covers(pattern: string, hostname: string, address: string): boolean {
  const name = pattern.toLowerCase();
  if (name.startsWith('*.')) return hostname.endsWith(name.slice(1));
  if (ipaddr.isValidCIDR(name)) return isWithinNetwork(address, name);
  if (ipaddr.isValid(name))
    return isWithinNetwork(address, `${name}/${ipaddr.parse(name).kind() === 'ipv4' ? 32 : 128}`);
  return hostname === name;
}

function isWithinNetwork(address: string, network: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const [base, bits] = ipaddr.parseCIDR(network);
  const parsed = ipaddr.process(address);
  return parsed.kind() === base.kind() && parsed.match([base, bits] as [typeof parsed, number]);
}

function bare(hostname: string): string {
  return hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}
