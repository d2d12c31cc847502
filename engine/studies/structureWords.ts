/** Words for mistakes in the structure of a study file that the words of the schema would not help to correct. */
import type { FieldPath } from '../json/locate';
import { isObject } from '../json/strict';
import { didYouMean } from '../nearest';
import type { OptionProblem } from '../runs/explain';
import type { NodeKind } from '../vocabulary/study';
import { NODE_KINDS } from '../vocabulary/studySchema';
import { takenNames } from './settings';

/** Returns the message about a problem in a study file with this content. */
export function structureText({ field, part, sentence }: OptionProblem, content: unknown): string {
  const words = part === 'name' ? misplaced(field) : axisText(field, content);
  return words ?? sentence(field.length === 0 ? 'A study file' : `"${field.join('.')}"`);
}

/** An option of the runs of a node, beside `set` instead of in it. */
function misplaced([group, node, option, ...more]: FieldPath): string | undefined {
  if (group !== 'nodes' || option === undefined || more.length > 0) return undefined;
  if (!takenNames(Object.keys(NODE_KINDS) as NodeKind[]).includes(option)) return undefined;
  return `"${option}" is a value of the runs of node "${node!}". Put it into the "set" of the node: "set": { "${option}": … }.`;
}

/** An axis that is neither a list nor an object. */
function axisText([group, axis, ...more]: FieldPath, content: unknown): string | undefined {
  const axes = isObject(content) ? content['axes'] : undefined;
  if (group !== 'axes' || axis === undefined || more.length > 0 || !isObject(axes)) return undefined;
  const value = axes[axis];
  if (typeof value === 'object') return undefined;
  const forms = axis === 'round' ? '"all", a list such as [1, 2], or { "kept": [0.5, 0.1] }' : 'a list of its values';
  return `"axes.${axis}" must be ${forms} (it is ${JSON.stringify(value)}).${axis === 'round' ? didYouMean(value, ['all']) : ''}`;
}
