import { MeteredProxy } from '../metered-proxy.ts';
import { readOptions, serve } from './start-process.ts';

export interface LinkOptions {
  readonly gitPort: number;
  readonly s3Port: number;
  /** From the Git server. */
  readonly inBytesPerSecond: number;
  /** To S3. */
  readonly outBytesPerSecond: number;
}

/** The same servers at the ends of slow lines. */
export interface ServedLinks {
  readonly gitPort: number;
  readonly s3Port: number;
}

const { gitPort, s3Port, inBytesPerSecond, outBytesPerSecond } = readOptions<LinkOptions>();
const git = new MeteredProxy(gitPort);
git.bytesPerSecond = inBytesPerSecond;
const s3 = new MeteredProxy(s3Port);
s3.sentBytesPerSecond = outBytesPerSecond;
serve<ServedLinks>({ gitPort: await git.listen(), s3Port: await s3.listen() }, () => {
  git.close();
  s3.close();
});
