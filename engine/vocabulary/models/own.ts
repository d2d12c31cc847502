/** The network of a user: a TensorFlow.js LayersModel or a Keras model as JSON. */

/** The topology of a model, as `run.json` keeps it. Layers are in an order in which each comes after its inputs. */
const TOPOLOGY = {
  type: 'object',
  required: ['layers', 'output'],
  additionalProperties: false,
  doNotSuggest: true,
  description:
    'The layers of the file when the run was made. Winning Sign writes this into run.json. Do not write it yourself.',
  properties: {
    layers: {
      type: 'array',
      description: 'The layers.',
      items: {
        type: 'object',
        required: ['name', 'class', 'config', 'from'],
        additionalProperties: false,
        properties: {
          name: { type: 'string', description: 'The name in the file.' },
          class: { type: 'string', description: 'The class in Keras.' },
          config: { type: 'object', description: 'The configuration in the file, without what has no effect.' },
          from: { type: 'array', items: { type: 'string' }, description: 'The names of its inputs.' },
        },
      },
    },
    output: { type: 'string', description: 'The name of the last layer.' },
  },
} as const;

/** The name of this kind of network in a run file. */
export const OWN = 'layers';

export const OWN_MODEL = {
  title: 'Own network (tf.js model.json)…',
  description: 'Your own network: the model.json of a TensorFlow.js LayersModel, or the to_json() of a Keras model.',
  fields: {
    path: {
      type: 'string',
      minLength: 1,
      description: 'Path of the model.json, relative to this file. The run keeps a copy of its layers.',
    },
    classifier: {
      type: 'string',
      minLength: 1,
      description:
        'Name of the layer that is the classifier, which is not pruned. Default: the last Dense or convolution layer before the output.',
    },
    sha256: {
      type: 'string',
      doNotSuggest: true,
      description: 'SHA-256 of the file when the run was made. Winning Sign writes this into run.json.',
    },
    topology: TOPOLOGY,
  },
} as const;
