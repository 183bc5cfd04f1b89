import { conform } from '../protocol/conform.ts';
import { findServiceApi, loadServiceModel, type OperationModel, type ServiceModel } from '../protocol/service-api.ts';
import { unknownOperation } from '../protocol/unknown-operation.ts';
import type { Authorizer } from './authorizer.ts';
import type { CallLog } from './call-log.ts';
import type { Principal } from './principal.ts';
import { type Call, type Operation, type Permission, type Service, ServiceError, type ServiceName } from './service.ts';

export interface DispatcherParts {
  readonly services: ReadonlyMap<ServiceName, Service>;
  readonly authorizer: Authorizer;
  readonly callLog: CallLog;
  readonly now: () => number;
}

/** The one way into every operation, over HTTP and in-process alike: shapes, permissions, run, shapes, call log. */
export class Dispatcher {
  readonly #parts: DispatcherParts;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  has(service: ServiceName): boolean {
    return this.#parts.services.has(service);
  }

  async dispatch(call: Call, service: ServiceName, operation: string, input: object): Promise<object> {
    const started = performance.now();
    const asked: Permission[] = [];
    try {
      const output = await this.#run(call, service, operation, input, asked);
      this.#log(call, service, operation, asked, 'ok', started);
      return output;
    } catch (error) {
      const failure = asServiceError(error, service, operation);
      this.#log(call, service, operation, asked, failure.code, started);
      throw failure;
    }
  }

  /** A call that failed before it reached an operation (signature, protocol). */
  logRefused(
    principal: Principal | undefined,
    service: string,
    operation: string,
    code: string,
    requestId: string,
  ): void {
    this.#parts.callLog.append({
      time: new Date(this.#parts.now()).toISOString(),
      service,
      action: operation,
      caller: principal === undefined ? 'anonymous' : callerName(principal),
      resource: '*',
      outcome: code,
      durationMs: 0,
      requestId,
    });
  }

  async #run(
    call: Call,
    name: ServiceName,
    operationName: string,
    input: object,
    asked: Permission[],
  ): Promise<object> {
    const internal = this.#parts.services.get(name)?.internal;
    if (internal !== undefined && Object.hasOwn(internal, operationName)) {
      return this.#runInternal(call, name, internal[operationName], input, asked);
    }
    const { model, shapes, operation } = await this.#find(name, operationName);
    const problems: string[] = [];
    const checked = shapes.input.isUnitSchema() ? {} : (conform(shapes.input, input, '', problems) as object);
    if (problems.length > 0) throw badInput(model, operationName, problems);
    const permissions = operation.permissions(checked as never, call);
    asked.push(...permissions);
    this.#parts.authorizer.authorize(call, name, permissions);
    const output = (await operation.run(checked as never, call)) ?? {};
    if (shapes.output.isUnitSchema()) return {};
    const result = conform(shapes.output, output, '', problems) as object;
    if (problems.length === 0) return result;
    // Ours, not the caller's: an answer that AWS would never give must not pass unnoticed.
    throw new Error(`${name}:${operationName} answered what its schema does not allow: ${problems.join('; ')}.`);
  }

  /** Over HTTP nothing gets here: each protocol knows the published operations only. */
  async #runInternal(
    call: Call,
    name: ServiceName,
    operation: Operation | undefined,
    input: object,
    asked: Permission[],
  ): Promise<object> {
    const permissions = operation?.permissions(input as never, call) ?? [];
    asked.push(...permissions);
    this.#parts.authorizer.authorize(call, name, permissions);
    return (await operation?.run(input as never, call)) as object;
  }

  async #find(
    name: ServiceName,
    operationName: string,
  ): Promise<{ model: ServiceModel; shapes: OperationModel; operation: Operation }> {
    const api = findServiceApi(name);
    const service = this.#parts.services.get(name);
    if (api === undefined || service === undefined) throw unknownOperation(name, operationName);
    const model = await loadServiceModel(api);
    const shapes = model.operations.get(operationName);
    const operation = Object.hasOwn(service.operations, operationName) ? service.operations[operationName] : undefined;
    if (shapes === undefined || operation === undefined) throw unknownOperation(name, operationName);
    return { model, shapes, operation };
  }

  #log(
    call: Call,
    service: string,
    action: string,
    asked: readonly Permission[],
    outcome: string,
    started: number,
  ): void {
    this.#parts.callLog.append({
      time: new Date(this.#parts.now()).toISOString(),
      service,
      action,
      caller: callerName(call.principal),
      resource: asked[0]?.resource ?? '*',
      outcome,
      durationMs: Math.round((performance.now() - started) * 10) / 10,
      requestId: call.requestId,
    });
  }
}

/** `role/name`, `root`, `codebuild.amazonaws.com`, or the ARN of issued credentials. */
export function callerName(principal: Principal): string {
  if (principal.kind === 'root') return 'root';
  if (principal.roleArn !== undefined) return `role/${principal.roleArn.split('/').at(-1)}`;
  return principal.arn;
}

function badInput(model: ServiceModel, operation: string, problems: readonly string[]): ServiceError {
  const code = model.api.protocol === 'query' ? 'ValidationError' : 'ValidationException';
  const count = problems.length === 1 ? '1 validation error' : `${problems.length} validation errors`;
  return new ServiceError(code, `${count} in the input of ${operation}: ${problems.join('; ')}.`);
}

function asServiceError(error: unknown, service: string, operation: string): ServiceError {
  if (error instanceof ServiceError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const failure = new ServiceError('InternalFailure', `local-aws failed in ${service}:${operation}: ${reason}`, 500);
  failure.cause = error;
  return failure;
}
