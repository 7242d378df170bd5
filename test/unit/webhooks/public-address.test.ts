import { describe, expect, test } from 'vitest';
import { isPublicAddress } from '../../../src/webhooks/address.ts';

describe('the public internet', () => {
  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '93.184.216.34',
    '172.15.255.255',
    '172.32.0.1',
    '100.63.255.255',
    '100.128.0.1',
    '169.253.255.255',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4001:81b::200e',
  ])('has %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

describe('a callback does not reach', () => {
  test.each([
    ['this host', '0.0.0.0'],
    ['this network', '0.1.2.3'],
    ['loopback', '127.0.0.1'],
    ['the rest of loopback', '127.255.255.254'],
    ['class A private', '10.0.0.1'],
    ['class B private', '172.16.0.1'],
    ['its end', '172.31.255.255'],
    ['class C private', '192.168.1.1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['Alibaba’s metadata', '100.100.100.200'],
    ['link-local', '169.254.0.1'],
    ['metadata', '169.254.169.254'],
    ['container metadata', '169.254.170.2'],
    ['Azure’s host', '168.63.129.16'],
    ['protocol assignments', '192.0.0.1'],
    ['documentation 1', '192.0.2.1'],
    ['documentation 2', '198.51.100.1'],
    ['documentation 3', '203.0.113.1'],
    ['benchmarking', '198.18.0.1'],
    ['6to4 relays', '192.88.99.1'],
    ['multicast', '224.0.0.1'],
    ['SSDP', '239.255.255.250'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['IPv6 nobody', '::'],
    ['IPv6 loopback', '::1'],
    ['IPv6 link-local', 'fe80::1'],
    ['a zone of it', 'fe80::1%eth0'],
    ['a zone of a public one', '2606:4700:4700::1111%eth0'],
    ['unique local', 'fc00::1'],
    ['metadata by IPv6', 'fd00:ec2::254'],
    ['site-local', 'fec0::1'],
    ['IPv6 multicast', 'ff02::1'],
    ['mapped loopback', '::ffff:127.0.0.1'],
    ['mapped metadata in hex', '::ffff:a9fe:a9fe'],
    ['a mapped public address', '::ffff:8.8.8.8'],
    ['compatible loopback', '::127.0.0.1'],
    ['translated', '::ffff:0:127.0.0.1'],
    ['NAT64 of private', '64:ff9b::10.0.0.1'],
    ['NAT64 of public', '64:ff9b::8.8.8.8'],
    ['local NAT64', '64:ff9b:1::10.0.0.1'],
    ['6to4 of loopback', '2002:7f00:1::'],
    ['Teredo', '2001:0:7f00:1::'],
    ['IPv6 documentation', '2001:db8::1'],
    ['its new range', '3fff::1'],
    ['IPv6 benchmarking', '2001:2::1'],
    ['ORCHID', '2001:20::1'],
    ['discard', '100::1'],
    ['segment routing', '5f00::1'],
    ['what is not assigned', '4000::1'],
  ])('%s: %s', (_what, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each([
    '127.1',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '2130706433',
    '127.0.0.1.',
    '8.8.8.8 ',
    '8.8.8',
    '1e100.net',
    '',
    'localhost',
    '[::1]',
    '1.1.1.1/0',
  ])('what no resolver gives as an address: %j', (text) => {
    expect(isPublicAddress(text)).toBe(false);
  });
});

test.each([
  ['http://0x7f.1/', '127.0.0.1'],
  ['http://0177.0.0.1/', '127.0.0.1'],
  ['http://2130706433/', '127.0.0.1'],
  ['http://127.1/', '127.0.0.1'],
  ['http://１２７.0.0.1/', '127.0.0.1'],
  ['http://[::ffff:127.0.0.1]/', '[::ffff:7f00:1]'],
])('URL spells %s plainly, so that it is judged as what it is', (url, hostname) => {
  expect(new URL(url).hostname).toBe(hostname);
  expect(isPublicAddress(hostname.replace(/^\[(.*)\]$/, '$1'))).toBe(false);
});
