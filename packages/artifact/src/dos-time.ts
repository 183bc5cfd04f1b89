/** Zip's clock starts here, counts in steps of two seconds, and knows no zone. */
const FIRST_YEAR = 1980;
const LAST_YEAR = 2107;

export interface DosTime {
  readonly date: number;
  readonly time: number;
}

/** The UTC parts of `moment` in zip's 16-bit fields, held to the range that they can say: 1980 to 2107. */
export function dosTime(moment: Date): DosTime {
  const year = moment.getUTCFullYear();
  if (!(year >= FIRST_YEAR)) return { date: (1 << 5) | 1, time: 0 };
  if (year > LAST_YEAR) return dosTime(new Date(Date.UTC(LAST_YEAR, 11, 31, 23, 59, 58)));
  return {
    date: ((year - FIRST_YEAR) << 9) | ((moment.getUTCMonth() + 1) << 5) | moment.getUTCDate(),
    time: (moment.getUTCHours() << 11) | (moment.getUTCMinutes() << 5) | (moment.getUTCSeconds() >> 1),
  };
}
