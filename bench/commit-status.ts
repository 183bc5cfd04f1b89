import { STATUS_LAMBDAS } from './apps.ts';
import { measureImport } from './import-time.ts';
import { createStatusRun, measureStatusEvent, type StatusCase } from './status-events.ts';

const TARGET_CALLS = 3;

const custom = { kind: 'custom', declares: true, isPinned: true, showsRunning: false } as const;
const PUSH: StatusCase = { name: 'custom source, started by a push', ...custom };
const CASES: readonly StatusCase[] = [
  PUSH,
  { name: 'the same at GitLab, which shows running', ...custom, showsRunning: true },
  { name: 'custom source, started by hand', ...custom, isPinned: false },
  { name: 'connection of AWS', ...custom, kind: 'connection', declares: false, isPinned: false },
  { name: 'S3 source of git-to-s3', ...custom, kind: 's3', declares: false, isPinned: false },
];
const verdict = (isMet: boolean) => (isMet ? 'met' : 'MISSED');

console.log('Calls of one successful execution without statuses of stages, to AWS and to the provider');
for (const wanted of CASES) {
  const { execute } = createStatusRun(wanted);
  const cold = await execute();
  const warm = await execute();
  const isMet = warm.aws <= TARGET_CALLS && warm.provider <= TARGET_CALLS;
  console.log(
    `  ${wanted.name.padEnd(40)} warm ${warm.aws} and ${warm.provider}, cold ${cold.aws} and ${cold.provider} (target ${TARGET_CALLS} and ${TARGET_CALLS}, warm: ${verdict(isMet)})`,
  );
}

console.log("CPU of one event without AWS's and the provider's part (medians of 15 rounds)");
for (const wanted of CASES) {
  console.log(`  ${wanted.name.padEnd(40)} ${(await measureStatusEvent(wanted)).toFixed(0)} µs`);
}

console.log('Import of the Lambda, beside its SDK clients alone in a bundle of the same kind (medians of 15 pairs)');
for (const app of STATUS_LAMBDAS) {
  const { clientsMs, importMs } = await measureImport(app);
  console.log(
    `  ${app.name.padEnd(16)} ${importMs.toFixed(0)} ms : ${clientsMs.toFixed(0)} ms = ${(importMs / clientsMs).toFixed(2)} (it has an HTTP client for providers as well)`,
  );
}
