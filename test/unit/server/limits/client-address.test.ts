import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { addressGroup, clientAddress } from '../../../../server/limits/client-address.ts';

const request = (remoteAddress: string, forwarded?: string | string[]): IncomingMessage =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

describe('the address of a client', () => {
  test.each<[string, number, string | string[] | undefined, string]>([
    ['is the peer without a trusted proxy, whatever the header says', 0, '1.1.1.1', '10.0.0.1'],
    ['is what the one trusted proxy saw', 1, '6.6.6.6, 2.2.2.2', '2.2.2.2'],
    ['is what the outer of two trusted proxies saw', 2, '6.6.6.6, 3.3.3.3, 2.2.2.2', '3.3.3.3'],
    ['is the outermost known where there are fewer hops than proxies', 3, '2.2.2.2', '2.2.2.2'],
    ['is the peer where a proxy sent no header', 1, undefined, '10.0.0.1'],
    ['is read from repeated headers in order', 1, ['6.6.6.6', '2.2.2.2'], '2.2.2.2'],
  ])('%s', (_, proxies, forwarded, expected) => {
    expect(clientAddress(request('10.0.0.1', forwarded), proxies)).toBe(expected);
  });

  test('is the same for IPv4 in either form', () => {
    expect(clientAddress(request('::ffff:10.0.0.1'), 0)).toBe('10.0.0.1');
  });
});

describe('the group of an address', () => {
  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:1:2::9', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s belongs to %s', (address, group) => {
    expect(addressGroup(address)).toBe(group);
  });
});
