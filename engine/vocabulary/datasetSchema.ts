/** The datasets that a run file can name, as JSON schema. */

/** Formats of a dataset in a folder or file. */
export const FORMATS = {
  idx: {
    title: 'IDX folder',
    description: 'A folder with the files of MNIST, Fashion-MNIST or EMNIST, gzipped or not.',
  },
  cifar10: { title: 'CIFAR-10 folder', description: 'A folder with the binary or the Python version.' },
  cifar100: { title: 'CIFAR-100 folder', description: 'A folder with the binary or the Python version.' },
  folder: {
    title: 'Image folder',
    description:
      'A folder with train and val (or test), which have a folder of JPEG or PNG files for each class, as ImageNet and Tiny-ImageNet do.',
  },
  npz: { title: 'NumPy arrays (.npz)', description: 'A file with arrays. The fields train and test name them.' },
  npy: {
    title: 'NumPy files (.npy)',
    description: 'A folder with .npy files. The fields train and test name them.',
  },
  csv: {
    title: 'CSV folder',
    description:
      'A folder with two .csv files, whose names contain train and test. Each line has the label and the pixels of an image.',
  },
  safetensors: {
    title: 'Tensors (.safetensors)',
    description: 'A file with tensors. The fields train and test name them.',
  },
} as const;

/** The format of the included images: an object with it needs no path, but may choose images. */
export const INCLUDED = 'sample';

export const SAMPLE = {
  title: 'Sample',
  description: '9,000 training and 2,000 test images of Fashion-MNIST, included with Winning Sign.',
} as const;

/** Normalizations with a name. */
export const NORMALIZATIONS = {
  measured: 'Measured on the training images. In an image folder, on at most 1,000 of them.',
  imagenet: 'The statistics of ImageNet that torchvision uses.',
  cifar10: 'The statistics of CIFAR-10 that the official AWS code uses, also for CIFAR-100.',
} as const;

/** The fields that only some formats read. */
export const FORMATS_OF_FIELD = {
  train: ['npz', 'npy', 'safetensors'],
  test: ['npz', 'npy', 'safetensors'],
  layout: ['npz', 'npy', 'csv', 'safetensors'],
  size: ['folder'],
  resize: ['folder'],
} as const satisfies Record<string, readonly (keyof typeof FORMATS)[]>;

const ROW = { type: 'integer', minimum: 0 } as const;

const splitOf = <D extends string>(description: D) =>
  ({
    type: 'object',
    description,
    required: ['images', 'labels'],
    additionalProperties: false,
    properties: {
      images: { type: 'string', description: 'Name of the array of images.' },
      labels: { type: 'string', description: 'Name of the array of labels. Labels are class numbers that start at 0.' },
      rows: {
        type: 'array',
        items: [ROW, ROW],
        minItems: 2,
        additionalItems: false,
        description: 'Use only these rows: the first row, and the row after the last.',
      },
    },
  }) as const;

export const DATASET_FIELDS = {
  format: {
    enum: [...Object.keys(FORMATS), INCLUDED] as (keyof typeof FORMATS | typeof INCLUDED)[],
    enumDescriptions: [...Object.values(FORMATS).map(({ description }) => description), SAMPLE.description],
    description: 'Format of the files.',
  },
  path: {
    type: 'string',
    minLength: 1,
    description: 'Folder or file, relative to the run file. The format sample has none.',
  },
  train: splitOf('For npz, npy and safetensors: the arrays to train on. Default: x_train and y_train.'),
  test: splitOf('For npz, npy and safetensors: the arrays to test on. Default: x_test and y_test.'),
  layout: {
    enum: ['NCHW', 'NHWC'],
    default: 'NCHW',
    description:
      'For npz, npy, csv and safetensors: the order of the axes of the images. Images without channels are N × H × W.',
  },
  size: {
    type: 'integer',
    minimum: 1,
    description:
      'For image folders: height and width of the images for the network, cropped from the center. Default: the shorter side of the first image.',
  },
  resize: {
    type: 'integer',
    minimum: 1,
    description:
      'For image folders: the length that the shorter side gets before the crop, for example 256 for images of 224. Default: size.',
  },
  normalization: {
    description: 'Normalization of each channel: x ↦ (x − mean) / std. Default: measured; for image folders, imagenet.',
    anyOf: [
      {
        type: 'string',
        enum: Object.keys(NORMALIZATIONS) as (keyof typeof NORMALIZATIONS)[],
        enumDescriptions: Object.values(NORMALIZATIONS),
      },
      {
        type: 'object',
        description: 'Numbers in the unit of the stored values. Images in files have bytes.',
        required: ['mean', 'std'],
        additionalProperties: false,
        properties: {
          mean: { type: 'array', items: { type: 'number' }, minItems: 1, description: 'One number for each channel.' },
          std: {
            type: 'array',
            items: { type: 'number', exclusiveMinimum: 0 },
            minItems: 1,
            description: 'One number for each channel.',
          },
        },
      },
    ],
  },
  classes: {
    type: 'array',
    minItems: 2,
    uniqueItems: true,
    items: { type: 'integer', minimum: 0 },
    description:
      'Use only the images of these classes, by number. The network has an output for each of them, in this order. Default: all classes.',
  },
  limit: {
    type: 'object',
    description: 'Use only the first examples of each split.',
    additionalProperties: false,
    properties: {
      train: { type: 'integer', minimum: 1, description: 'Number of training images.' },
      test: { type: 'integer', minimum: 1, description: 'Number of test images.' },
    },
  },
  subset: {
    type: 'object',
    description: 'Use a random sample of each split, with the class proportions of the whole split.',
    additionalProperties: false,
    properties: {
      train: { type: 'integer', minimum: 1, description: 'Number of training images.' },
      test: { type: 'integer', minimum: 1, description: 'Number of test images.' },
    },
  },
  validation: {
    type: 'integer',
    minimum: 1,
    description:
      'Hold out this many training images, chosen at random with the class proportions of all, and measure on them instead of the test images.',
  },
  labelNoise: {
    type: 'number',
    minimum: 0,
    maximum: 1,
    description: 'Give this fraction of the training images the label of another class, chosen at random.',
  },
  seed: {
    type: 'integer',
    minimum: 0,
    description:
      'Seed for subset, validation and labelNoise. The seed of the run has no effect on them, so runs with other seeds use the same images. Default: 1.',
  },
} as const;

export const DATASET_SCHEMA = {
  description: '"sample" (the included subset of Fashion-MNIST), or the format and path of labelled images.',
  anyOf: [
    { type: 'string', enum: ['sample'], enumDescriptions: [SAMPLE.description] },
    {
      type: 'object',
      required: ['format'],
      additionalProperties: false,
      properties: DATASET_FIELDS,
      defaultSnippets: [
        {
          label: 'some classes of the sample',
          description: 'The included images of some classes.',
          body: { format: INCLUDED, classes: ['${1:0}', '${2:1}'] },
        },
        {
          label: 'images of your own',
          description: 'A folder or file of labelled images.',
          body: { format: '${1|' + Object.keys(FORMATS).join(',') + '|}', path: '$2' },
        },
      ],
    },
  ],
} as const;
