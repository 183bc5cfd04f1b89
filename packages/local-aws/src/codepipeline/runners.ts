import { approvalRunner } from './approval.ts';
import { codeBuildRunner } from './codebuild-runner.ts';
import { connectionSourceRunner } from './connection-source-runner.ts';
import { customRunner } from './custom-runner.ts';
import type { Engine, Runner } from './engine-contract.ts';
import type { ActionRunRecord } from './records.ts';
import { s3SourceRunner } from './s3-source-runner.ts';
import type { Context } from './store.ts';

export function runnerOf(context: Context, engine: Engine, run: ActionRunRecord): Runner {
  if (run.typeId.owner === 'Custom') return customRunner(context, engine);
  switch (run.typeId.provider) {
    case 'CodeBuild':
      return codeBuildRunner(context, engine);
    case 'CodeStarSourceConnection':
      return connectionSourceRunner(context, engine);
    case 'S3':
      return s3SourceRunner(context, engine);
    case 'Manual':
      return approvalRunner(context);
    default:
      throw new Error(
        `No runner for the action type ${run.typeId.provider}, although the pipeline was accepted with it.`,
      );
  }
}
