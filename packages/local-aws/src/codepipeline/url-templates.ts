import { actionTypeOf } from './action-types.ts';
import type { ActionRunRecord } from './records.ts';
import type { Context } from './store.ts';

type Template = 'entityUrlTemplate' | 'executionUrlTemplate' | 'revisionUrlTemplate';

/** Fills `{Config:Name}` and `{ExternalExecutionId}` of a custom type's URL template; undefined where it has none. */
export function actionUrl(
  context: Context,
  run: Pick<ActionRunRecord, 'typeId' | 'resolvedConfiguration'>,
  template: Template,
  externalExecutionId?: string,
): string | undefined {
  const pattern = actionTypeOf(context, run.typeId)?.settings?.[template];
  if (pattern === undefined) return undefined;
  return pattern
    .replaceAll(/\{Config:([^}]+)\}/g, (whole, name: string) => run.resolvedConfiguration[name] ?? whole)
    .replaceAll('{ExternalExecutionId}', externalExecutionId ?? '');
}
