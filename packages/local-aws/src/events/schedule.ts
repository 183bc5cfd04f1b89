/** Milliseconds until a schedule fires next. */
export type Schedule = (nowMs: number) => number;

const UNITS_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Parses `rate(5 minutes)` or `cron(0 12 * * ? *)`; undefined where EventBridge would refuse it. */
export function parseSchedule(expression: string): Schedule | undefined {
  const [, amount, unit, plural] = /^rate\((\d+) (minute|hour|day)(s?)\)$/.exec(expression) ?? [];
  if (amount !== undefined && unit !== undefined) {
    const isWellFormed = Number(amount) >= 1 && (Number(amount) === 1) === (plural === '');
    const periodMs = Number(amount) * (UNITS_MS[unit] ?? 0);
    return isWellFormed ? () => periodMs : undefined;
  }
  const [, fields] = /^cron\((.+)\)$/.exec(expression) ?? [];
  return fields === undefined ? undefined : parseCron(fields);
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
/** A cron that fires never within this is wrong. */
const HORIZON_MINUTES = 366 * 24 * 60;

/** Minutes, hours, day of month, month, day of week (1 = SUN), year, in UTC; `L`, `W` and `#` are not simulated. */
function parseCron(text: string): Schedule | undefined {
  const fields = text.trim().split(/\s+/);
  const [minute, hour, day, month, weekday, year] = fields;
  if (fields.length !== 6 || (day === '?') === (weekday === '?')) return undefined;
  const tests = [
    parseField(minute, 0, 59),
    parseField(hour, 0, 23),
    parseField(day, 1, 31),
    parseField(month, 1, 12, MONTHS, 1),
    parseField(weekday, 1, 7, DAYS, 1),
    parseField(year, 1970, 2199),
  ];
  if (tests.includes(undefined)) return undefined;
  return (nowMs) => {
    const start = Math.floor(nowMs / 60_000) + 1;
    for (let at = start; at < start + HORIZON_MINUTES; at++) {
      const date = new Date(at * 60_000);
      const values = [
        date.getUTCMinutes(),
        date.getUTCHours(),
        date.getUTCDate(),
        date.getUTCMonth() + 1,
        date.getUTCDay() + 1,
        date.getUTCFullYear(),
      ];
      if (tests.every((test, index) => test?.(values[index] ?? 0) === true)) return at * 60_000 - nowMs;
    }
    return Number.POSITIVE_INFINITY;
  };
}

function parseField(
  text = '',
  least: number,
  most: number,
  names: readonly string[] = [],
  firstName = 0,
): ((value: number) => boolean) | undefined {
  if (text === '*' || text === '?') return () => true;
  const numberOf = (word: string) => {
    const named = names.indexOf(word.toUpperCase());
    const value = named === -1 ? Number(word === '' ? Number.NaN : word) : named + firstName;
    return Number.isInteger(value) && value >= least && value <= most ? value : undefined;
  };
  const tests = text.split(',').map((part) => {
    const [range = '', step = '1', ...more] = part.split('/');
    const [low = '', high] = range === '*' ? [String(least), String(most)] : range.split('-');
    const from = numberOf(low);
    const to = high === undefined ? (part.includes('/') ? most : from) : numberOf(high);
    const every = Number(step);
    if (more.length > 0 || from === undefined || to === undefined || !Number.isInteger(every) || every < 1)
      return undefined;
    return (value: number) => value >= from && value <= to && (value - from) % every === 0;
  });
  if (tests.includes(undefined)) return undefined;
  return (value) => tests.some((test) => test?.(value) === true);
}
