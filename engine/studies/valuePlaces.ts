/** Finds the places in a study file of the values that its nodes give to their runs. */
import { isDeepStrictEqual } from 'node:util';
import type { FieldPath } from '../json/locate';
import { isObject } from '../json/strict';
import type { Axis, NamedValue, Scalar, StudyFile } from '../vocabulary/study';

/**
 * Returns the place of the value that a node gives to an option, or to a field of a transfer or an interpolation: in its `set`, or in one of
 * its axes. Returns undefined if it gives none.
 */
export function placeOfValue(
  { axes, nodes }: StudyFile,
  name: string,
  { field, value }: { field: string; value: unknown },
): FieldPath | undefined {
  const { set = {}, over } = nodes[name]!;
  if (Object.hasOwn(set, field)) {
    const given = set[field];
    const axis = typeof given === 'string' && given.startsWith('$') ? given.slice(1) : undefined;
    const i = axis === undefined || !over.includes(axis) ? -1 : scalarsOf(axes[axis]).indexOf(value as Scalar);
    return i < 0 ? ['nodes', name, 'set', field] : ['axes', axis!, String(i)];
  }
  for (const axis of [...over].reverse()) {
    // the last axis decides
    const values = scalarsOf(axes[axis]);
    const i = values.findIndex((one) =>
      isNamed(one) ? isDeepStrictEqual(one.set[field], value) : axis === field && one === value,
    );
    if (i >= 0) return ['axes', axis, String(i), ...(isNamed(values[i]) ? ['set', field] : [])];
  }
  return undefined;
}

function scalarsOf(axis: Axis | undefined): readonly (Scalar | NamedValue)[] {
  return Array.isArray(axis) ? (axis as readonly (Scalar | NamedValue)[]) : [];
}

function isNamed(value: unknown): value is NamedValue {
  return isObject(value);
}
