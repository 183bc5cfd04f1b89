import { median } from '../median.ts';
import { buildMinutes, dollars, gbSeconds, type Usage } from './cost.ts';

/** One run of one way. */
export interface Run extends Usage {
  readonly wallMs: number;
  /** Of the function that fetches, where one did. */
  readonly peakMb?: number | undefined;
  /** The function began and a build ended it. */
  readonly isHandedOver?: boolean;
}

/** One way to do a job, once in each round. */
export interface Row {
  readonly name: string;
  readonly runs: readonly Run[];
  /** The run before each of `runs`, where a function had to start for it. */
  readonly coldRuns?: readonly Run[];
}

const COLUMNS = ['', 'time', 'cold', 'GB-s', 'peak', 'build min', 'handed over', '$ / 1,000', 'time ×', 'cost ×'];
const WIDTHS = [22, 9, 9, 8, 9, 11, 13, 11, 24, 9];

/** The table of one repository. `×` is how many times of a row's the last row's is: median (least to most of the rounds). */
export function table(rows: readonly Row[]): string {
  const beside = rows.at(-1);
  const lines = rows.map((row) => (row === beside ? cells(row) : [...cells(row), ...ratios(row, beside)]));
  return [COLUMNS, ...lines].map((line) => `  ${line.map(pad).join('')}`.trimEnd()).join('\n');
}

function cells({ name, runs, coldRuns = [] }: Row): string[] {
  const all = [...coldRuns, ...runs];
  const peaks = all.flatMap(({ peakMb }) => peakMb ?? []);
  const minutes = median(runs.map(({ buildsMs }) => buildMinutes(buildsMs)));
  return [
    name,
    seconds(runs),
    coldRuns.length === 0 ? '' : seconds(coldRuns),
    median(runs.map(({ functions }) => gbSeconds(functions))).toFixed(2),
    peaks.length === 0 ? '' : `${Math.max(...peaks)} MB`,
    minutes === 0 ? '' : String(minutes),
    peaks.length === 0 ? '' : `${all.filter(({ isHandedOver }) => isHandedOver === true).length} of ${all.length}`,
    (median(runs.map(dollars)) * 1000).toFixed(3),
  ];
}

function ratios({ runs }: Row, beside: Row | undefined): string[] {
  const each = runs.map(({ wallMs }, round) => (beside?.runs[round]?.wallMs ?? Number.NaN) / wallMs);
  const cost = median((beside?.runs ?? []).map(dollars)) / median(runs.map(dollars));
  const range = `(${Math.min(...each).toFixed(1)} to ${Math.max(...each).toFixed(1)})`;
  return [`${median(each).toFixed(1)} ${range}`, cost.toFixed(cost < 10 ? 1 : 0)];
}

function seconds(runs: readonly Run[]): string {
  return `${(median(runs.map(({ wallMs }) => wallMs)) / 1000).toFixed(2)} s`;
}

function pad(text: string, column: number): string {
  const width = WIDTHS[column] ?? 0;
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}
