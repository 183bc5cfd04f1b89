/** An event as EventBridge delivers it. */
export function stateEvent(
  level: 'Pipeline' | 'Stage' | 'Action',
  executionId: string,
  state: string,
  more: { readonly time: number; readonly pipeline?: string; readonly stage?: string; readonly action?: string },
): object {
  const { action, pipeline = 'app', stage, time } = more;
  return {
    version: '0',
    source: 'aws.codepipeline',
    'detail-type': `CodePipeline ${level} Execution State Change`,
    account: '111122223333',
    region: 'eu-central-1',
    time: new Date(time).toISOString(),
    resources: [`arn:aws:codepipeline:eu-central-1:111122223333:${pipeline}`],
    detail: {
      pipeline,
      'execution-id': executionId,
      version: 1,
      state,
      ...(stage !== undefined && { stage }),
      ...(action !== undefined && {
        action,
        type: { owner: 'Custom', category: 'Source', provider: 'Git', version: '1' },
      }),
    },
  };
}
