import { describe, expect, it } from 'vitest';
import { parseSchedule } from './schedule.ts';

// A Saturday.
const NOW = Date.parse('2026-01-31T09:15:30Z');

describe('parseSchedule', () => {
  it.each([
    ['rate(1 minute)', '2026-01-31T09:16:30Z'],
    ['rate(5 minutes)', '2026-01-31T09:20:30Z'],
    ['rate(1 day)', '2026-02-01T09:15:30Z'],
    ['cron(0 12 * * ? *)', '2026-01-31T12:00:00Z'],
    ['cron(0/15 * * * ? *)', '2026-01-31T09:30:00Z'],
    ['cron(30 8 ? * MON-FRI *)', '2026-02-02T08:30:00Z'],
    ['cron(0 0 1 JAN ? 2027)', '2027-01-01T00:00:00Z'],
    ['cron(0 0 29 2 ? *)', '2028-02-29T00:00:00Z'],
    ['cron(5,45 9 31 * ? *)', '2026-01-31T09:45:00Z'],
  ])('%s fires next at %s', (expression, expected) => {
    const delayMs = parseSchedule(expression)?.(NOW) ?? Number.NaN;
    expect(new Date(NOW + delayMs).toISOString()).toBe(expected.replace('Z', '.000Z'));
  });

  it.each([
    'rate(1 minutes)',
    'rate(5 minute)',
    'rate(0 minutes)',
    'rate(5)',
    'cron(* * * * *)',
    'cron(0 12 * * * *)',
    'cron(0 12 ? * ? *)',
    'cron(60 12 * * ? *)',
    'every day',
  ])('refuses %s', (expression) => {
    expect(parseSchedule(expression)).toBeUndefined();
  });
});
