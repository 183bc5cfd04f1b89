import { scopeOf } from '../template/bind-template.ts';
import { isEnabled } from '../template/check-template.ts';
import { evaluate } from '../template/evaluate.ts';
import { isObject, type Json } from '../template/json.ts';
import { TemplateError } from '../template/template-error.ts';
import { type Deployment, resourceValues } from './deployment.ts';
import type { StackOutput } from './stack.ts';

/** The template's outputs; throws TemplateError when an export's name is taken by another stack. */
export function evaluateOutputs(deployment: Deployment): StackOutput[] {
  const { bound, stack, store } = deployment;
  const scope = scopeOf(bound, 'value', resourceValues(deployment, true));
  const text = (value: Json | undefined): string => {
    const evaluated = value === undefined ? undefined : evaluate(value, scope);
    return evaluated === undefined ? '' : typeof evaluated === 'object' ? JSON.stringify(evaluated) : String(evaluated);
  };
  const outputs = Object.entries(bound.template.outputs)
    .filter(([, output]) => isEnabled(bound, typeof output.Condition === 'string' ? output.Condition : undefined, []))
    .map(([key, output]): StackOutput => {
      const exported = isObject(output.Export) ? text(output.Export.Name) : undefined;
      return {
        key,
        value: text(output.Value),
        ...(typeof output.Description === 'string' ? { description: output.Description } : {}),
        ...(exported === undefined ? {} : { exportName: exported }),
      };
    });
  const others = store.all().filter(({ id, status }) => id !== stack.id && status !== 'DELETE_COMPLETE');
  for (const { exportName } of outputs) {
    const owner = others.find((other) => other.outputs.some((output) => output.exportName === exportName));
    if (exportName !== undefined && owner !== undefined)
      throw new TemplateError(`Export with name ${exportName} is already exported by stack ${owner.name}`);
  }
  return outputs;
}
