/** Finds the file of a user's own network, and reads its layers into the options of a run. */
import path from 'node:path';
import { UserError } from '../errors';
import { isObject } from '../json/strict';
import { withTopology } from '../models/layersModel/read';
import { isOwn } from '../vocabulary/models/ownName';
import { OWN } from '../vocabulary/models/own';
import type { ModelSpec } from '../vocabulary/runOptions';
import type { OptionProblem } from './explain';

/** Returns the model of a run. The path of an own network becomes absolute, and its layers become a part of the options. */
export function locateModel(model: ModelSpec, file: string): ModelSpec {
  return isOwn(model) ? withTopology({ ...model, path: path.resolve(path.dirname(file), model.path) }) : model;
}

/** Returns what is wrong with the file of an own network, except what depends on the data. Nothing for other networks. */
export function ownModelProblems(options: unknown, file: string): OptionProblem[] {
  const model = isObject(options) ? options['model'] : undefined;
  if (!isObject(model) || model['model'] !== OWN || typeof model['path'] !== 'string' || model['path'] === '')
    return [];
  if (model['topology'] !== undefined) return [];
  try {
    withTopology({ model: OWN, path: path.resolve(path.dirname(file), model['path']) });
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { message } = error;
    return [{ field: ['model', 'path'], part: 'value', sentence: (subject) => `${subject}: ${message}` }];
  }
}
