import { describe, expect, it } from 'vitest';
import { isInstanceAddress } from './instance-address.ts';

describe('isInstanceAddress', () => {
  it.each([
    '169.254.169.254',
    '169.254.170.2',
    '2852039166',
    '0xa9fea9fe',
    '0251.0376.0251.0376',
    '[::ffff:169.254.169.254]',
    '[fe80::1]',
    '[fd00:ec2::254]',
  ])('knows %s', (host) => {
    expect(isInstanceAddress(host)).toBe(true);
  });

  it.each(['127.0.0.1', '10.0.0.1', 'git.example.com', 'my_server', '[::1]', '[2001:db8::1]', '169.253.1.1', '1.2.3'])(
    'lets %s pass',
    (host) => {
      expect(isInstanceAddress(host)).toBe(false);
    },
  );
});
