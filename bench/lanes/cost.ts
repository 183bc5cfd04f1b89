import type { FunctionReport } from './read-report.ts';

/**
 * List prices of us-east-1 in US dollars, first tier, without free tier and discounts. They change: see
 * https://aws.amazon.com/lambda/pricing/ and https://aws.amazon.com/codebuild/pricing/ before you quote them.
 */
const FUNCTION_REQUEST = 0.2e-6;
const FUNCTION_GB_SECOND = { arm64: 0.0000133334, x86_64: 0.0000166667 };
/** `BUILD_GENERAL1_SMALL`, Linux. */
const BUILD_MINUTE = 0.005;

/** What one job used. */
export interface Usage {
  readonly functions: readonly FunctionReport[];
  /** Architecture of the functions. Default `arm64`, as the template has it. */
  readonly architecture?: keyof typeof FUNCTION_GB_SECOND;
  /** From the start of each build to its end, milliseconds. */
  readonly buildsMs: readonly number[];
}

export function gbSeconds(functions: readonly FunctionReport[]): number {
  return functions.reduce((sum, { billedMs, memoryMb }) => sum + (billedMs / 1000) * (memoryMb / 1024), 0);
}

/** Whole minutes, as CodeBuild bills them, of what the builds themselves took. */
export function buildMinutes(buildsMs: readonly number[]): number {
  return buildsMs.reduce((sum, ms) => sum + Math.ceil(ms / 60_000), 0);
}

export function dollars({ functions, architecture = 'arm64', buildsMs }: Usage): number {
  const requests = functions.length * FUNCTION_REQUEST;
  return requests + gbSeconds(functions) * FUNCTION_GB_SECOND[architecture] + buildMinutes(buildsMs) * BUILD_MINUTE;
}
