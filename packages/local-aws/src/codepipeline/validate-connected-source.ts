import type { ActionDeclaration } from './declaration.ts';

const CONNECTION = /^arn:aws(-[\w]+)*:(?:codestar-connections|codeconnections):[^:]+:\d{12}:connection\/.+$/;
const REPOSITORY = /^[^/\s]+(?:\/[^/\s]+)+$/;

/** What the keys of `Source/AWS/CodeStarSourceConnection` may not hold; references to variables are left to the run. */
export function connectedSourceProblems({ actionTypeId, configuration = {} }: ActionDeclaration): string[] {
  if (actionTypeId.owner !== 'AWS' || actionTypeId.provider !== 'CodeStarSourceConnection') return [];
  const { ConnectionArn, FullRepositoryId, OutputArtifactFormat, DetectChanges } = configuration;
  const unless = (fits: RegExp, value: string | undefined, text: string): string[] =>
    value === undefined || value.includes('#{') || fits.test(value) ? [] : [`${text}, not '${value}'`];
  return [
    ...unless(CONNECTION, ConnectionArn, 'ConnectionArn must be the ARN of a connection'),
    ...unless(REPOSITORY, FullRepositoryId, 'FullRepositoryId must be owner/name or group/sub/project'),
    ...unless(
      /^(?:CODE_ZIP|CODEBUILD_CLONE_REF)$/,
      OutputArtifactFormat,
      'OutputArtifactFormat must be CODE_ZIP or CODEBUILD_CLONE_REF',
    ),
    ...unless(/^(?:true|false)$/i, DetectChanges, 'DetectChanges must be true or false'),
  ];
}
