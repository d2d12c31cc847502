/** Recognizes own networks among the models of run files, and names them. */
import { pathParts } from '../filePaths';
import type { ModelSpec, OwnModelSpec } from '../runOptions';
import { OWN } from './own';

/** Whether a model is the file of a user's own network. */
export function isOwn(spec: ModelSpec): spec is OwnModelSpec {
  return typeof spec === 'object' && spec.model === OWN && 'path' in spec;
}

/** Returns the displayed name of an own network: the name of its file. */
export function ownName({ path }: Pick<OwnModelSpec, 'path'>): string {
  return pathParts(path).at(-1) ?? path;
}

/** Returns the name of a network without its options. */
export function modelName(spec: ModelSpec): string {
  if (typeof spec === 'string') return spec;
  return isOwn(spec) ? ownName(spec) : spec.model;
}
