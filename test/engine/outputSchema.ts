/** Checks documents against docs/output.schema.json, which documents the output of `--json`. */
import Ajv from 'ajv';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const schema = JSON.parse(readFileSync(path.resolve('docs/output.schema.json'), 'utf8')) as { $defs: object };
const ajv = new Ajv({ allErrors: true, strict: false }).addSchema(schema, 'output');

/** Fails if the document does not have the shape that the schema documents under this name. */
export function checkOutput(definition: string, document: unknown): void {
  const validate = ajv.getSchema(`output#/$defs/${definition}`);
  assert.ok(validate, `there is no definition ${definition}`);
  assert.ok(validate(document), `${definition}: ${ajv.errorsText(validate.errors)}`);
}
