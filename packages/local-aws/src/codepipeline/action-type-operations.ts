import type {
  CreateCustomActionTypeCommandInput,
  CreateCustomActionTypeOutput,
  DeleteCustomActionTypeCommandInput,
  ListActionTypesCommandInput,
  ListActionTypesOutput,
} from '@aws-sdk/client-codepipeline';
import { ServiceError } from '../cloud/service.ts';
import { actionTypeOf, actionTypeView, typeKey } from './action-types.ts';
import { actionTypeArn } from './arns.ts';
import { builtInTypes } from './built-in-types.ts';
import { type Api, allow, operation } from './operation.ts';
import { paginate } from './paginate.ts';
import type { ActionTypeRecord } from './records.ts';
import { checkTags } from './tags.ts';
import { actionTypeProblems } from './validate-action-type.ts';

export function actionTypeOperations(api: Api) {
  const { store } = api;
  const permit = (action: string) => (input: CreateCustomActionTypeCommandInput | DeleteCustomActionTypeCommandInput) =>
    allow(action, actionTypeArn(api.cloud, idOf(input)));
  return {
    CreateCustomActionType: operation(permit('CreateCustomActionType'), (input: CreateCustomActionTypeCommandInput) =>
      create(api, input),
    ),
    DeleteCustomActionType: operation(
      permit('DeleteCustomActionType'),
      (input: DeleteCustomActionTypeCommandInput): void => {
        const key = typeKey(idOf(input));
        const user = [...store.pipelines.values()].find((pipeline) =>
          pipeline.declaration.stages.some((stage) => stage.actions.some((a) => typeKey(a.actionTypeId) === key)),
        );
        if (user !== undefined) {
          const message = `The action type ${key} is used by pipeline ${user.declaration.name}.`;
          throw new ServiceError('ConcurrentModificationException', message);
        }
        store.actionTypes.delete(key);
      },
    ),
    ListActionTypes: operation(
      () => allow('ListActionTypes'),
      (input: ListActionTypesCommandInput): ListActionTypesOutput => {
        const all = [...builtInTypes, ...store.actionTypes.values()];
        const owned = all.filter(
          (type) => input.actionOwnerFilter === undefined || type.id.owner === input.actionOwnerFilter,
        );
        const page = paginate(owned, input.nextToken, undefined);
        return { actionTypes: page.items.map(actionTypeView), ...page.next };
      },
    ),
  };
}

function create(api: Api, input: CreateCustomActionTypeCommandInput): CreateCustomActionTypeOutput {
  const problems = actionTypeProblems(input);
  if (problems.length > 0) {
    throw new ServiceError('ValidationException', `The action type is not valid: ${problems.join('; ')}.`);
  }
  const id = idOf(input);
  if (actionTypeOf(api, id) !== undefined) {
    throw new ServiceError('ValidationException', `Action type already exists: ${typeKey(id)}. Choose a new version.`);
  }
  const record: ActionTypeRecord = {
    id,
    ...(input.settings === undefined ? {} : { settings: input.settings }),
    properties: input.configurationProperties ?? [],
    inputs: input.inputArtifactDetails ?? { minimumCount: 0, maximumCount: 0 },
    outputs: input.outputArtifactDetails ?? { minimumCount: 0, maximumCount: 0 },
    tags: checkTags(input.tags),
  };
  api.store.actionTypes.set(typeKey(id), record);
  return { actionType: actionTypeView(record), tags: record.tags };
}

function idOf(input: CreateCustomActionTypeCommandInput | DeleteCustomActionTypeCommandInput): ActionTypeRecord['id'] {
  return {
    category: input.category ?? 'Source',
    owner: 'Custom',
    provider: input.provider ?? '',
    version: input.version ?? '',
  };
}
