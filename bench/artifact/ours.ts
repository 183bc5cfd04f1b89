import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { writePackedZip } from '@gitsource/artifact';
import { parseGitUrl } from '@gitsource/events';
import { createHttpsTransport, findRef, openSession, packTree } from '@gitsource/pack';

/** One fetch to one zip, in a process of its own. Arguments: URL, file of the authority, zip. Prints figures as JSON. */
const [, , url = '', caFile = '', zipFile = ''] = process.argv;
const caCertificate = readFileSync(caFile, 'utf8');
const startedMs = performance.now();
const session = await openSession(createHttpsTransport({ url: parseGitUrl(url), caCertificate }));
if (session === 'unsupported') throw new Error('the server does not speak protocol version 2');
const ref = await findRef(session, 'refs/heads/main');
if (ref === undefined) throw new Error('there is no main');
const tree = await packTree(session, ref.sha);
const zip = writePackedZip(tree.entries(), { modified: new Date(tree.commit.committerDate) });
await pipeline(zip, createWriteStream(zipFile, { highWaterMark: 4 * 1024 * 1024 }));
await tree.close();
const ms = performance.now() - startedMs;
const { userCPUTime, systemCPUTime } = process.resourceUsage();
const cpuMs = (userCPUTime + systemCPUTime) / 1000;
console.log(JSON.stringify({ ms, cpuMs, peakBytes: peakBytes(), ...tree.measured() }));

/** Linux counts the memory of the process that started this one into `maxRSS`, so its own figure is asked for first. */
function peakBytes(): number {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
  return (kibibytes === undefined ? process.resourceUsage().maxRSS : Number(kibibytes)) * 1024;
}
