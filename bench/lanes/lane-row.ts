import { median } from '../median.ts';
import { buildMinutes, dollars, gbSeconds, type Usage } from './cost.ts';

/** One run of one way. */
export interface Run extends Usage {
  readonly wallMs: number;
  /** Of the function that fetches, where one did. */
  readonly peakMb?: number | undefined;
  readonly isCold?: boolean;
  /** The function began and a build ended it. */
  readonly isHandedOver?: boolean;
}

/** One way to do a job, seen several times. */
export interface Row {
  readonly name: string;
  readonly runs: readonly Run[];
}

const COLUMNS = ['way', 'time', 'cold', 'GB-s', 'peak', 'build min', 'handed over', '$ / 1,000', 'time ×', 'cost ×'];
const WIDTHS = [22, 9, 9, 8, 9, 10, 12, 10, 8, 8];

/** The table of one repository; `×` says how many times of a row's the last row's is. */
export function table(rows: readonly Row[]): string {
  const last = rows.at(-1);
  const beside = { timeMs: timeMs(last), cost: cost(last) };
  const lines = rows.map((row) => {
    const ratios = row === last ? ['', ''] : [times(beside.timeMs / timeMs(row)), times(beside.cost / cost(row))];
    return [...cells(row), ...ratios];
  });
  return [COLUMNS, ...lines].map((line) => `  ${line.map(pad).join('')}`.trimEnd()).join('\n');
}

function cells({ name, runs }: Row): string[] {
  const cold = runs.filter(({ isCold }) => isCold === true);
  const peaks = runs.flatMap(({ peakMb }) => peakMb ?? []);
  const handedOver = runs.filter(({ isHandedOver }) => isHandedOver === true).length;
  const minutes = median(runs.map(({ buildsMs }) => buildMinutes(buildsMs)));
  return [
    name,
    seconds(timeMs({ name, runs })),
    cold.length === 0 ? '' : seconds(median(cold.map(({ wallMs }) => wallMs))),
    median(runs.map(({ functions }) => gbSeconds(functions))).toFixed(2),
    peaks.length === 0 ? '' : `${Math.max(...peaks)} MB`,
    minutes === 0 ? '' : String(minutes),
    peaks.length === 0 ? '' : `${handedOver} of ${runs.length}`,
    (cost({ name, runs }) * 1000).toFixed(3),
  ];
}

/** Of warm runs, where there are any. */
function timeMs(row: Row | undefined): number {
  const runs = row?.runs ?? [];
  const warm = runs.filter(({ isCold }) => isCold !== true);
  return median((warm.length === 0 ? runs : warm).map(({ wallMs }) => wallMs));
}

function cost(row: Row | undefined): number {
  return median((row?.runs ?? []).map((run) => dollars(run)));
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function times(ratio: number): string {
  return ratio.toFixed(1);
}

function pad(text: string, column: number): string {
  const width = WIDTHS[column] ?? 0;
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}
