/** Turns errors of the schema validator into messages for users. */
import type { ErrorObject } from 'ajv';
import type { Advice } from '../errors';
import type { FieldPath } from '../json/locate';
import { didYouMean, nearest } from '../nearest';
import { boundsText, choiceText, typeText, type Bounds } from '../vocabulary/schemaWords';
import { cutMiddle } from '../vocabulary/text';

export interface OptionProblem {
  /** What to do, if it differs between the command line and VS Code. It follows the sentence. */
  advice?: Advice;
  field: FieldPath;
  /** The part that is wrong: the value of the field, or its name. */
  part: 'value' | 'name';
  /** Returns a sentence about `subject`, which is the name of the field in quotes. */
  sentence: (subject: string) => string;
}

interface Schema extends Bounds {
  type?: string;
  /** Says in words what a `pattern` allows. */
  patternMeaning?: string;
  properties?: Record<string, unknown>;
  anyOf?: Schema[];
  oneOf?: { properties: Record<string, { enum: string[] }> }[];
}

/** Returns one problem for each mistake. `errors` are errors of ajv with `allErrors` and `verbose`. */
export function explain(errors: readonly ErrorObject[]): OptionProblem[] {
  const problems = withoutOtherAlternatives(errors).map(explainOne);
  const keyOf = ({ field, sentence }: OptionProblem) => sentence(field.join('.'));
  return [...new Map(problems.map((problem) => [keyOf(problem), problem])).values()];
}

/** If a value may have two types (a name or an object), keeps only the errors for the type that it has. */
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
    if (branch !== undefined && others.has(branch)) return false;
    if (keyword !== 'anyOf') return true;
    const { anyOf: alternatives = [] } = parentSchema as Schema;
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
      return must((schema.anyOf ?? []).map(({ type }) => typeText(type)).join(' or '));
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
    case 'uniqueItems': {
      const repeated = shown((data as unknown[])[Number(params['i'])]);
      return value((subject) => `${subject} has the same entry twice: ${repeated}. Remove one.`);
    }
    case 'pattern':
      return must(schema.patternMeaning ?? 'another text');
    case 'minLength':
      return value((subject) => `${subject} is empty. Give it a value.`);
    default:
      return must(boundsText(schema));
  }
}

function countOf(count: number): string {
  return count === 1 ? '1 entry' : `${count} entries`;
}

/** Explains a wrong tag, which selects between alternatives of an object, for example the name of a network. */
function unknownTag(
  field: FieldPath,
  { tag, tagValue }: { tag: string; tagValue: unknown },
  { data, schema }: { data: unknown; schema: Schema },
): OptionProblem {
  if (tagValue === undefined) return missingField(field, tag, { data, schema });
  const words = (schema.oneOf ?? []).flatMap(({ properties }) => properties[tag]!.enum);
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

/** Explains a missing field. If an unknown field has a similar name, the message says that the name is misspelt. */
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

/** Formats a value as in a JSON file. */
function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : cutMiddle(JSON.stringify(value), LONGEST);
}
