import type { Cloud } from '../cloud/cloud.ts';

export interface ConnectedPlace {
  readonly connectionArn: string;
  readonly fullRepositoryId: string;
}

/**
 * What AWS puts out instead of a provider's URL: a console page that redirects there, its values not encoded.
 * `https://us-east-1.console.aws.amazon.com/codesuite/settings/connections/redirect?connectionArn=arn:aws:…&referenceType=COMMIT&FullRepositoryId=team/app&Commit=<sha>`
 * (as seen in published answers of GetPipelineState and ListPipelineExecutions).
 */
export function commitUrl(cloud: Cloud, place: ConnectedPlace, commitId: string): string {
  return `${redirect(cloud, place, 'COMMIT')}&Commit=${commitId}`;
}

/** The same for a branch, GetPipelineState's `entityUrl`. */
export function branchUrl(cloud: Cloud, place: ConnectedPlace, branch: string): string {
  return `${redirect(cloud, place, 'BRANCH')}&Branch=${branch}`;
}

function redirect(cloud: Cloud, place: ConnectedPlace, referenceType: string): string {
  const base = `https://${cloud.region}.console.aws.amazon.com/codesuite/settings/connections/redirect`;
  const { connectionArn, fullRepositoryId } = place;
  return `${base}?connectionArn=${connectionArn}&referenceType=${referenceType}&FullRepositoryId=${fullRepositoryId}`;
}
