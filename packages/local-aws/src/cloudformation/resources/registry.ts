import { iamRole } from './iam-role.ts';
import type { ResourceType } from './resource-type.ts';
import { s3Bucket } from './s3-bucket.ts';

const ALL: readonly ResourceType[] = [iamRole, s3Bucket];

/** Every supported resource type by name; a type that is not here is a validation error. */
export const RESOURCE_TYPES: ReadonlyMap<string, ResourceType> = new Map(ALL.map((type) => [type.type, type]));
