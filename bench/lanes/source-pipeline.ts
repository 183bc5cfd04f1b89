import { CreatePipelineCommand } from '@aws-sdk/client-codepipeline';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import type { Rehearsal } from '../../apps/local/test/rehearsal.ts';

const BUCKET = 'bench-lanes';

/** A role that one service may assume, with one statement's worth of rights. */
export async function createRole({ aws }: Rehearsal, name: string, service: string, actions: readonly string[]) {
  const iam = new IAMClient({ endpoint: aws.endpointUrl, region: aws.region, credentials: aws.credentials });
  const trust = { Effect: 'Allow', Principal: { Service: `${service}.amazonaws.com` }, Action: 'sts:AssumeRole' };
  const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const AssumeRolePolicyDocument = document(trust);
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument }));
  const PolicyDocument = document({ Effect: 'Allow', Action: actions, Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: 'bench', PolicyDocument }));
  iam.destroy();
  return Role?.Arn ?? '';
}

/** Pipelines of a source and an approval that nobody gives: after the source, nothing runs. */
export class SourcePipelines {
  readonly bucket = BUCKET;
  readonly #rehearsal: Rehearsal;
  readonly #roleArn: string;

  private constructor(rehearsal: Rehearsal, roleArn: string) {
    this.#rehearsal = rehearsal;
    this.#roleArn = roleArn;
  }

  static async create(rehearsal: Rehearsal): Promise<SourcePipelines> {
    await rehearsal.clients.s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const roleArn = await createRole(rehearsal, 'bench-pipelines', 'codepipeline', ['s3:*']);
    return new SourcePipelines(rehearsal, roleArn);
  }

  /** Its creation starts one execution, whose source is thus the first. */
  async add(name: string, GitUrl: string): Promise<void> {
    const configuration = { GitUrl, Branch: 'main', CredentialsSecret: this.#rehearsal.httpsSecret };
    const source = { category: 'Source', owner: 'Custom', provider: 'Git', version: '1' } as const;
    const approval = { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' } as const;
    await this.#rehearsal.clients.codePipeline.send(
      new CreatePipelineCommand({
        pipeline: {
          name,
          roleArn: this.#roleArn,
          pipelineType: 'V2',
          artifactStore: { type: 'S3', location: BUCKET },
          stages: [
            {
              name: 'Source',
              actions: [{ name: 'Git', actionTypeId: source, configuration, outputArtifacts: [{ name: 'Out' }] }],
            },
            { name: 'Hold', actions: [{ name: 'Nobody', actionTypeId: approval }] },
          ],
        },
      }),
    );
  }
}
