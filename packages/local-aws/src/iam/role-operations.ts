import type * as iam from '@aws-sdk/client-iam';
import { operation, permit } from '../cloud/operation.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import type { RoleRecord } from './role.ts';
import { checkDocument, type IamStore, newId, tagList, tagRecord } from './store.ts';

const HOUR_SECONDS = 3600;

export function roleOperations(store: IamStore): Service['operations'] {
  const on = (action: string) => (input: { RoleName: string | undefined }) =>
    permit(`iam:${action}`, store.roleArn(input.RoleName));
  return {
    CreateRole: operation(
      (input: iam.CreateRoleRequest) =>
        permit('iam:CreateRole', store.newArn('role', input.Path ?? '/', input.RoleName ?? '')),
      (input): iam.CreateRoleResponse => ({ Role: roleView(createRole(store, input)) }),
    ),
    GetRole: operation(on('GetRole'), (input: iam.GetRoleRequest): iam.GetRoleResponse => {
      return { Role: roleView(store.role(input.RoleName)) };
    }),
    ListRoles: operation(
      (_input: iam.ListRolesRequest) => permit('iam:ListRoles'),
      (input): iam.ListRolesResponse => {
        const roles = [...store.roles.values()].filter(({ path }) => path.startsWith(input.PathPrefix ?? '/'));
        return { Roles: roles.map(roleView), IsTruncated: false };
      },
    ),
    UpdateRole: operation(on('UpdateRole'), (input: iam.UpdateRoleRequest): iam.UpdateRoleResponse => {
      const role = store.role(input.RoleName);
      role.description = input.Description ?? role.description ?? '';
      role.maxSessionDurationSeconds = sessionDuration(input.MaxSessionDuration ?? role.maxSessionDurationSeconds);
      store.roles.set(role.name, role);
      return {};
    }),
    UpdateAssumeRolePolicy: operation(on('UpdateAssumeRolePolicy'), (input: iam.UpdateAssumeRolePolicyRequest) => {
      const role = store.role(input.RoleName);
      role.trustPolicy = checkDocument(input.PolicyDocument, 'trust');
      store.roles.set(role.name, role);
    }),
    DeleteRole: operation(on('DeleteRole'), (input: iam.DeleteRoleRequest) => {
      const role = store.role(input.RoleName);
      const left = Object.keys(role.inlinePolicies).length + role.attachedPolicyArns.length;
      if (left > 0)
        throw new ServiceError('DeleteConflictException', 'Cannot delete entity, must delete policies first.', 409);
      store.roles.delete(role.name);
    }),
    TagRole: operation(on('TagRole'), (input: iam.TagRoleRequest) => {
      const role = store.role(input.RoleName);
      Object.assign(role.tags, tagRecord(input.Tags));
      store.roles.set(role.name, role);
    }),
    UntagRole: operation(on('UntagRole'), (input: iam.UntagRoleRequest) => {
      const role = store.role(input.RoleName);
      for (const key of input.TagKeys ?? []) delete role.tags[key];
      store.roles.set(role.name, role);
    }),
    ListRoleTags: operation(on('ListRoleTags'), (input: iam.ListRoleTagsRequest): iam.ListRoleTagsResponse => {
      return { Tags: tagList(store.role(input.RoleName).tags), IsTruncated: false };
    }),
    PutRolePermissionsBoundary: operation(
      on('PutRolePermissionsBoundary'),
      (input: iam.PutRolePermissionsBoundaryRequest) => {
        const role = store.role(input.RoleName);
        store.requireAttachable(input.PermissionsBoundary ?? '');
        role.permissionsBoundary = input.PermissionsBoundary ?? '';
        store.roles.set(role.name, role);
      },
    ),
    DeleteRolePermissionsBoundary: operation(
      on('DeleteRolePermissionsBoundary'),
      (input: iam.DeleteRolePermissionsBoundaryRequest) => {
        const role = store.role(input.RoleName);
        delete role.permissionsBoundary;
        store.roles.set(role.name, role);
      },
    ),
  };
}

function createRole(store: IamStore, input: iam.CreateRoleRequest): RoleRecord {
  const name = input.RoleName ?? '';
  if (!/^[\w+=,.@-]{1,64}$/.test(name)) {
    throw new ServiceError('ValidationError', `The role name "${name}" must match [\\w+=,.@-]{1,64}.`);
  }
  if (store.roles.has(name)) {
    throw new ServiceError('EntityAlreadyExistsException', `Role with name ${name} already exists.`, 409);
  }
  const path = input.Path ?? '/';
  const role: RoleRecord = {
    name,
    id: newId('AROA'),
    path,
    arn: store.newArn('role', path, name),
    trustPolicy: checkDocument(input.AssumeRolePolicyDocument, 'trust'),
    maxSessionDurationSeconds: sessionDuration(input.MaxSessionDuration ?? HOUR_SECONDS),
    inlinePolicies: {},
    attachedPolicyArns: [],
    tags: tagRecord(input.Tags),
    createdAt: store.now(),
  };
  if (input.Description !== undefined) role.description = input.Description;
  if (input.PermissionsBoundary !== undefined) {
    store.requireAttachable(input.PermissionsBoundary);
    role.permissionsBoundary = input.PermissionsBoundary;
  }
  store.roles.set(name, role);
  return role;
}

/** One to twelve hours. */
function sessionDuration(seconds: number): number {
  if (seconds >= HOUR_SECONDS && seconds <= 12 * HOUR_SECONDS) return seconds;
  throw new ServiceError('ValidationError', `MaxSessionDuration must be 3600 to 43200 seconds, not ${seconds}.`);
}

function roleView(role: RoleRecord): iam.Role {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: new Date(role.createdAt),
    AssumeRolePolicyDocument: encodeURIComponent(role.trustPolicy),
    MaxSessionDuration: role.maxSessionDurationSeconds,
    ...(role.description !== undefined && { Description: role.description }),
    ...(role.permissionsBoundary !== undefined && {
      PermissionsBoundary: {
        PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
        PermissionsBoundaryArn: role.permissionsBoundary,
      },
    }),
    ...(Object.keys(role.tags).length > 0 && { Tags: tagList(role.tags) }),
  };
}
