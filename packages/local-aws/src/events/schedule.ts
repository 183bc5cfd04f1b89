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
const DAY_MS = 86_400_000;
/** Every date there is comes within this, 29 February after a skipped leap year included. */
const HORIZON_MS = 9 * 366 * DAY_MS;

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
  const matches = (from: number, values: readonly number[]) =>
    values.every((value, index) => tests[from + index]?.(value) === true);
  return (nowMs) => {
    for (let at = (Math.floor(nowMs / 60_000) + 1) * 60_000; at < nowMs + HORIZON_MS; ) {
      const date = new Date(at);
      const isDay = matches(2, [
        date.getUTCDate(),
        date.getUTCMonth() + 1,
        date.getUTCDay() + 1,
        date.getUTCFullYear(),
      ]);
      if (isDay && matches(0, [date.getUTCMinutes(), date.getUTCHours()])) return at - nowMs;
      // A day that does not match is passed over whole.
      at = isDay ? at + 60_000 : (Math.floor(at / DAY_MS) + 1) * DAY_MS;
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
