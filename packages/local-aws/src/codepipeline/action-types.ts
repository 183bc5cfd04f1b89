import type { ActionType } from '@aws-sdk/client-codepipeline';
import { builtInTypes } from './built-in-types.ts';
import type { ActionTypeId } from './declaration.ts';
import type { ActionTypeRecord } from './records.ts';
import type { Context } from './store.ts';

/** `Source/Custom/Gitsource/1` */
export function typeKey(id: ActionTypeId): string {
  return [id.category, id.owner, id.provider, id.version].join('/');
}

export function actionTypeOf(context: Pick<Context, 'store'>, id: ActionTypeId): ActionTypeRecord | undefined {
  const key = typeKey(id);
  return builtInTypes.find((type) => typeKey(type.id) === key) ?? context.store.actionTypes.get(key);
}

export function actionTypeView(record: ActionTypeRecord): ActionType {
  return {
    id: record.id,
    ...(record.settings === undefined ? {} : { settings: record.settings }),
    actionConfigurationProperties: record.properties,
    inputArtifactDetails: record.inputs,
    outputArtifactDetails: record.outputs,
  };
}
