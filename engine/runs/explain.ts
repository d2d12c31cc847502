/** What the validator says about options, in sentences for a person. */
import type { ErrorObject } from 'ajv';
import type { FieldPath } from '../json/locate';
import { didYouMean, nearest } from '../nearest';
import { boundsText, choiceText, typeText, type Bounds } from '../vocabulary/schemaWords';
import { cutMiddle } from '../vocabulary/text';

export interface OptionProblem {
  field: FieldPath;
  /** What of the field is wrong: its value, or that it is there. */
  part: 'value' | 'name';
  /** A sentence about `subject`, the field's name in quotes. */
  sentence: (subject: string) => string;
}

interface Schema extends Bounds {
  type?: string;
  properties?: Record<string, unknown>;
  anyOf?: Schema[];
  oneOf?: { properties: Record<string, { enum: string[] }> }[];
}

/** Returns one problem for each mistake; `errors` are those of ajv with `allErrors` and `verbose`. */
export function explain(errors: readonly ErrorObject[]): OptionProblem[] {
  const problems = withoutOtherAlternatives(errors).map(explainOne);
  const keyOf = ({ field, sentence }: OptionProblem) => sentence(field.join('.'));
  return [...new Map(problems.map((problem) => [keyOf(problem), problem])).values()];
}

/** Of the alternatives of a value (a name, or an object) only the one of its type counts; if none is, that is the mistake. */
function withoutOtherAlternatives(errors: readonly ErrorObject[]): ErrorObject[] {
  const branchOf = (schemaPath: string) => /^(.*\/anyOf)\/(\d+)\//.exec(schemaPath) ?? [];
  const isOther = ({ keyword, instancePath, schemaPath }: ErrorObject, branch: string | undefined) =>
    keyword === 'type' &&
    schemaPath === `${branch}type` &&
    errors.some((e) => e.keyword === 'anyOf' && e.instancePath === instancePath);
  const others = new Set(
    errors.flatMap((error) => {
      const [branch] = branchOf(error.schemaPath);
      return isOther(error, branch) ? [branch] : [];
    }),
  );
  return errors.filter(({ keyword, schemaPath, parentSchema }) => {
    const [branch] = branchOf(schemaPath);
    if (branch !== undefined) return !others.has(branch);
    if (keyword !== 'anyOf') return true;
    const alternatives = (parentSchema as Schema).anyOf!;
    return alternatives.every((_, i) => others.has(`${schemaPath}/${i}/`));
  });
}

function explainOne({ keyword, instancePath, params, data, parentSchema }: ErrorObject): OptionProblem {
  const field = instancePath.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')); // prettier-ignore
  const schema = parentSchema as Schema;
  const value = (sentence: OptionProblem['sentence']): OptionProblem => ({ field, part: 'value', sentence });
  const must = (what: string, hint = '') =>
    value((subject) => `${subject} must be ${what} (it is ${shown(data)}).${hint}`);
  switch (keyword) {
    case 'additionalProperties':
      return unknownField(field, String(params['additionalProperty']), schema);
    case 'required':
      return missingField(field, String(params['missingProperty']), { data, schema });
    case 'discriminator':
      return unknownTag(field, params as { tag: string; tagValue: unknown }, { data, schema });
    case 'enum': {
      const words = params['allowedValues'] as string[];
      return must(choiceText(words), didYouMean(data, words));
    }
    case 'anyOf':
      return must(schema.anyOf!.map(({ type }) => typeText(type)).join(' or '));
    case 'type':
      return must(typeText(String(params['type'])));
    case 'minItems':
      return value(
        (subject) =>
          `${subject} must have at least ${countOf(Number(params['limit']))} (it has ${(data as unknown[]).length}).`,
      );
    case 'maxItems':
    case 'additionalItems':
      return value(
        (subject) => `${subject} must have ${countOf(Number(params['limit']))} (it has ${(data as unknown[]).length}).`,
      );
    case 'minLength':
      return value((subject) => `${subject} is empty. Give it a value.`);
    default:
      return must(boundsText(schema));
  }
}

function countOf(count: number): string {
  return count === 1 ? '1 entry' : `${count} entries`;
}

/** The tag of an object with alternatives, such as the name of a network. */
function unknownTag(
  field: FieldPath,
  { tag, tagValue }: { tag: string; tagValue: unknown },
  { data, schema }: { data: unknown; schema: Schema },
): OptionProblem {
  if (tagValue === undefined) return missingField(field, tag, { data, schema });
  const words = schema.oneOf!.flatMap(({ properties }) => properties[tag]!.enum);
  return {
    field: [...field, tag],
    part: 'value',
    sentence: (subject) =>
      `${subject} must be ${choiceText(words)} (it is ${shown(tagValue)}).${didYouMean(tagValue, words)}`,
  };
}

function unknownField(parent: FieldPath, name: string, { properties = {} }: Schema): OptionProblem {
  const known = Object.keys(properties).filter((key) => key !== '$schema');
  const list = known.length > 0 ? ` The fields here are ${known.join(', ')}.` : ' There are no fields here.';
  return {
    field: [...parent, name],
    part: 'name',
    sentence: (subject) => `Unknown field ${subject}.${didYouMean(name, known) || list}`,
  };
}

/** A field that is missing beside an unknown one with nearly its name was misspelt. */
function missingField(
  parent: FieldPath,
  name: string,
  { data, schema }: { data: unknown; schema: Schema },
): OptionProblem {
  const { oneOf, properties = oneOf?.[0]?.properties ?? {} } = schema;
  const unknown = Object.keys(data as object).filter((key) => !Object.hasOwn(properties, key));
  const misspelt = unknown.find((key) => nearest(key, Object.keys(properties)) === name);
  if (misspelt !== undefined) return unknownField(parent, misspelt, { properties });
  return { field: [...parent, name], part: 'name', sentence: (subject) => `${subject} is missing. Add it.` };
}

const LONGEST = 60;

/** A value as it is in the file. */
function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : cutMiddle(JSON.stringify(value), LONGEST);
}
