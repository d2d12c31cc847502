/** The schema of a user's own network in a run file. */
import { MODEL_FIELDS } from '../modelSchemas';
import { OWN, OWN_MODEL } from './own';

/** Returns the schema, with `defaultSnippets` for the editor. */
export function ownSchema() {
  const { description, fields } = OWN_MODEL;
  return {
    required: ['model', 'path'],
    additionalProperties: false,
    defaultSnippets: [{ label: 'own network', description, body: { model: OWN, path: 'model.json' } }],
    properties: {
      model: { type: 'string', enum: [OWN], enumDescriptions: [description], description: 'The network.' },
      ...fields,
      ...MODEL_FIELDS,
    },
  };
}
