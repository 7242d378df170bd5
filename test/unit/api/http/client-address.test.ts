import fc from 'fast-check';
import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import { addressKey, clientAddress, trustProxyOption } from '../../../../src/api/http/client-address.ts';

const PROXY = '203.0.113.1';

/** The caller's address when a trusted proxy sent this as the last entry. */
const readFrom = (entry: string): string => clientAddress({ ip: entry, ips: [PROXY, entry] });

describe('the address of a caller', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.7:443', '192.0.2.7'],
    ['192.0.2.7:99999', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
    ['[::ffff:192.0.2.7]:443', '192.0.2.7'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['fe80::1%a-b.c:d', 'fe80::1'],
    ['[fe80::1%eth0]:443', 'fe80::1'],
  ])('is the same however a proxy writes it: %s', (entry, address) => {
    expect(readFrom(entry)).toBe(address);
  });

  it.each([
    'unknown',
    '_hidden',
    '192.0.2.7:http',
    '192.0.2.7:',
    '192.0.2.7:443:443',
    '192.0.2.007',
    '192.0.2',
    '3221225991',
    '0xc0000207',
    '[192.0.2.7',
    '2001:db8:1:2:3:4:5:6:443',
    '[2001:db8::1]443',
    '"192.0.2.7"',
    '192.0.2.7, 192.0.2.8',
    '',
  ])('is that of the proxy where the proxy names none: "%s"', (entry) => {
    expect(readFrom(entry)).toBe(PROXY);
  });

  it('is that of the nearest proxy that is known, not of the one that is connected', () => {
    expect(clientAddress({ ip: 'unknown', ips: [PROXY, '203.0.113.2:80', 'unknown'] })).toBe('203.0.113.2');
  });

  it('is the one that is connected where no header is believed', () => {
    expect(clientAddress({ ip: '::ffff:192.0.2.7' })).toBe('192.0.2.7');
    expect(clientAddress({ ip: undefined as unknown as string })).toBe('unknown');
  });

  it('is an address whatever comes', () => {
    const nearlyAddresses = fc.string({
      unit: fc.constantFrom(...'0123456789abcdef:.%[]/, "x\u0000é'.split('')),
    });
    fc.assert(
      fc.property(nearlyAddresses, (entry) => isIP(readFrom(entry)) !== 0),
      { numRuns: 2_000 },
    );
  });

  it('has one spelling, whatever port and zone it comes with', () => {
    const addresses = fc.oneof(
      fc.ipV4().map((address) => [address, `${address}:`] as const),
      fc.ipV6().map((address) => [address, `[${address}]:`] as const),
      fc.ipV6().map((address) => [address, `[${address}%eth0]:`] as const),
    );
    fc.assert(
      fc.property(addresses, fc.nat(), ([address, beforePort], port) => {
        expect(readFrom(beforePort + String(port))).toBe(readFrom(address));
      }),
    );
  });
});

describe('trustProxyOption', () => {
  const trusts = (trust: string, entry: string): boolean => {
    const option = trustProxyOption(trust.split(','));
    return typeof option === 'function' && option(entry, 0);
  };

  it.each([
    ['10.0.0.0/8', '10.1.2.3'],
    ['10.0.0.0/8', '10.1.2.3:443'],
    ['10.0.0.0/8', '::ffff:10.1.2.3'],
    ['::ffff:10.0.0.0/104', '10.1.2.3'],
    ['0.0.0.0/0', '192.0.2.7'],
    ['2001:db8::1', '[2001:db8:0::1]:443'],
    ['192.0.2.7,2001:db8::/33', '2001:db8:1::1'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
  ])('%s holds %s', (trust, entry) => {
    expect(trusts(trust, entry)).toBe(true);
  });

  it.each([
    ['10.0.0.0/8', '11.1.2.3'],
    ['10.0.0.5', '10.0.0.6'],
    ['10.0.0.0/9', '10.128.0.1'],
    ['0.0.0.0/0', '2001:db8::1'],
    ['2001:db8::/33', '2001:db8:8000::1'],
    ['10.0.0.0/8', 'unknown'],
    ['10.0.0.0/8', ''],
  ])('%s does not hold %s', (trust, entry) => {
    expect(trusts(trust, entry)).toBe(false);
  });

  it('of true trusts the one that is connected alone, and of false nobody', () => {
    const option = trustProxyOption(true);
    expect(typeof option === 'function' && [option('10.0.0.1', 0), option('10.0.0.1', 1)]).toEqual([
      true,
      false,
    ]);
    expect(trustProxyOption(false)).toBe(false);
  });
});

describe('addressKey', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8::/64'],
    ['::1', '::/64'],
    ['64:ff9b::192.0.2.7', '64:ff9b::/64'],
    ['unknown', 'unknown'],
  ])('%s counts as %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});
