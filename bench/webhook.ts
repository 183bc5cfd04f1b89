import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { WEBHOOK_LAMBDAS } from './apps.ts';
import { measureImport } from './import-time.ts';
import type { DeliveryTimes } from './webhook-deliveries.ts';

const TARGET_PER_SECOND = 5000;
const TARGET_RATIO = 1.2;

const us = (value: number) => `${value.toFixed(1)} µs`;
const verdict = (isMet: boolean) => (isMet ? 'met' : 'MISSED');

const child = fork(join(import.meta.dirname, 'webhook-deliveries.ts'), {
  execArgv: ['--conditions=@gitsource/source'],
  // Its log goes to both, and what it throws to the exit code.
  stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
});
const ended = once(child, 'exit').then(([code]) => {
  throw new Error(`webhook-deliveries.ts ended with ${code}; run it alone to see why`);
});
const [times] = (await Promise.race([once(child, 'message'), ended])) as [DeliveryTimes];
child.disconnect();
await ended.catch(() => undefined);

const perSecond = 1e6 / times.handlerUs;
console.log(
  `CPU of one delivery without AWS's part (push of ${(times.bodyBytes / 1024).toFixed(1)} KB, medians of 14 rounds)`,
);
console.log(
  `  verify alone             ${us(times.verifyUs)} : ${us(times.peerVerifyUs)} of @octokit/webhooks verify() = ${(times.verifyUs / times.peerVerifyUs).toFixed(2)} (target 1, within 5 %: ${verdict(times.verifyUs <= 1.05 * times.peerVerifyUs)})`,
);
console.log(
  `  whole handler, with log  ${us(times.handlerUs)} : ${us(times.peerReceiveUs)} of its verifyAndReceive() = ${(times.handlerUs / times.peerReceiveUs).toFixed(2)}`,
);
console.log(
  `  deliveries per second    ${perSecond.toFixed(0)} on one core (target ${TARGET_PER_SECOND}: ${verdict(perSecond >= TARGET_PER_SECOND)})`,
);
console.log(
  `  a body of 25 MB          ${us(times.oversizedUs)} to refuse it; JSON.parse alone would take ${us(times.oversizedParseUs)}`,
);

console.log('Import of each Lambda, beside its SDK clients alone in a bundle of the same kind (medians of 15 pairs)');
for (const app of WEBHOOK_LAMBDAS) {
  const { importMs, clientsMs } = await measureImport(app);
  const ratio = importMs / clientsMs;
  console.log(
    `  ${app.name.padEnd(16)} ${importMs.toFixed(0)} ms : ${clientsMs.toFixed(0)} ms = ${ratio.toFixed(2)} (target ${TARGET_RATIO}: ${verdict(ratio <= TARGET_RATIO)})`,
  );
}
