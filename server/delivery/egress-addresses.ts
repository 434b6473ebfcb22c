import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A range of addresses, as `ipaddr.js` has it. */
export type AddressRange = [Address, number];

/** The IANA IPv4 special-purpose registry (RFC 6890 and later), multicast, and Azure's host service. */
const BLOCKED_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
].map((cidr) => ipaddr.IPv4.parseCIDR(cidr));

/** What IANA has given out for global unicast; everything else is loopback, local, translated or unassigned. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Inside it, the special-purpose ranges: protocol assignments (Teredo, ORCHID, …), documentation, 6to4, AS112. */
const BLOCKED_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20', '2620:4f:8000::/48'].map(
  (cidr) => ipaddr.IPv6.parseCIDR(cidr),
);

/** Parses `10.0.0.0/8`, `fd00::/8` or a single address; null for anything else. */
export function parseRange(cidr: string): AddressRange | null {
  const [, base = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(cidr) ?? [];
  const version = isIP(base);
  if (version === 0) return null;
  const width = version === 4 ? 32 : 128;
  const prefix = bits === undefined ? width : Number(bits);
  return prefix > width ? null : [ipaddr.parse(base), prefix];
}

/** Parses an address as sockets have it, an IPv4 address mapped into IPv6 as the IPv4 one; null for anything else. */
export function parseAddress(address: string): Address | null {
  if (isIP(address) === 0) return null;
  const parsed = ipaddr.parse(address);
  return parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress() ? parsed.toIPv4Address() : parsed;
}

/** Whether an address lies in a range; never across the two versions of IP. */
export const isInRange = (address: Address, [base, bits]: AddressRange): boolean =>
  address.kind() === base.kind() && address.match([base, bits]);

/** Whether an address is one of the public internet (security.md, "Where deliveries may go"). */
export function isPublicAddress(address: Address): boolean {
  if (address instanceof ipaddr.IPv4) return !BLOCKED_IPV4.some((range) => isInRange(address, range));
  return (
    isInRange(address, GLOBAL_IPV6) &&
    !BLOCKED_IPV6.some((range) => isInRange(address, range)) &&
    !isIsatap(address)
  );
}

/** RFC 5214: an interface identifier ::[u and g bits]:5efe: carries an IPv4 address, which a router may reach. */
function isIsatap({ parts }: ipaddr.IPv6): boolean {
  const [, , , , high = 0, low = 0] = parts;
  return (high & 0xfcff) === 0 && low === 0x5efe;
}
