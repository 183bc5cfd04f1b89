import { document, object, strings } from './property.ts';
import { defineResource, type ResourceContext } from './resource-type.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queuepolicy.html */
export const sqsQueuePolicy = defineResource({
  type: 'AWS::SQS::QueuePolicy',
  properties: object({ PolicyDocument: document, Queues: strings }),
  attributes: ['Id'],
  replacedBy: [],
  create: async (context, { PolicyDocument, Queues }) => {
    for (const url of Queues) await setPolicy(context, url, PolicyDocument);
    const physicalId = context.physicalName(80);
    return { physicalId, attributes: { Id: physicalId } };
  },
  update: async (context, { physicalId, properties: before, attributes }, { PolicyDocument, Queues }) => {
    for (const url of Queues) await setPolicy(context, url, PolicyDocument);
    for (const url of before.Queues) if (!Queues.includes(url)) await setPolicy(context, url, '');
    return { physicalId, attributes };
  },
  delete: async (context, { properties: { Queues } }) => {
    for (const url of Queues) await setPolicy(context, url, '');
  },
});

async function setPolicy(context: ResourceContext, QueueUrl: string, Policy: string): Promise<void> {
  await context.call('sqs', 'SetQueueAttributes', { QueueUrl, Attributes: { Policy } });
}
