import type { Call, Permission } from '../cloud/service.ts';
import { RequestContext } from './request-context.ts';

/** What every request tells policies, beside the operation's own keys. */
export interface RequestKeysParts {
  readonly region: string;
  readonly accountId: string;
  readonly now: () => number;
  /** Tags of the calling role. */
  readonly principalTags: Readonly<Record<string, string>>;
}

export function requestContext(
  call: Call,
  permission: Pick<Permission, 'context'>,
  parts: RequestKeysParts,
): RequestContext {
  const { principal } = call;
  const isService = principal.kind === 'service';
  const hasArn = !isService && principal.kind !== 'anonymous';
  const time = parts.now();
  return new RequestContext([
    ['aws:CurrentTime', new Date(time).toISOString()],
    ['aws:EpochTime', String(Math.floor(time / 1000))],
    ['aws:RequestedRegion', parts.region],
    ['aws:ResourceAccount', parts.accountId],
    // TLS ends before a loopback endpoint; a TLS-only policy is about the network, which there is none of.
    ['aws:SecureTransport', String(call.secureTransport)],
    ['aws:SourceIp', isService || principal.viaService !== undefined ? undefined : '127.0.0.1'],
    ['aws:PrincipalIsAWSService', String(isService)],
    ['aws:PrincipalServiceName', isService ? principal.arn : undefined],
    ['aws:PrincipalAccount', hasArn ? principal.accountId : undefined],
    ['aws:PrincipalArn', hasArn ? (principal.roleArn ?? principal.arn) : undefined],
    ['aws:PrincipalType', principalType(principal.kind)],
    ['aws:SourceAccount', isService ? parts.accountId : undefined],
    ['aws:SourceArn', principal.sourceArn],
    ['aws:ViaAWSService', String(principal.viaService !== undefined)],
    ['kms:ViaService', principal.viaService],
    ['kms:CallerAccount', hasArn || isService ? principal.accountId : undefined],
    ['lambda:FunctionUrlAuthType', principal.functionUrlAuthType],
    ['lambda:InvokedViaFunctionUrl', principal.functionUrlAuthType === undefined ? undefined : 'true'],
    ...Object.entries(parts.principalTags).map(([key, value]): [string, string] => [`aws:PrincipalTag/${key}`, value]),
    ...Object.entries(permission.context ?? {}),
  ]);
}

function principalType(kind: Call['principal']['kind']): string | undefined {
  if (kind === 'service') return undefined;
  if (kind === 'anonymous') return 'Anonymous';
  return kind === 'root' ? 'Account' : kind === 'role' ? 'AssumedRole' : 'FederatedUser';
}
