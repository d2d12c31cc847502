/** Recognizes the network of a file by the names and shapes of its tensors. */
import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../../errors';
import { quote } from '../../json/strict';
import { isOwn } from '../../vocabulary/models/ownName';
import { MODELS, type ModelName } from '../../vocabulary/modelSchemas';
import type { ModelSpec } from '../../vocabulary/runOptions';
import { defaultsOf } from '../../vocabulary/schemaWords';
import { checkFit, type FitOptions } from '../fit';
import type { Architecture, DataShape } from '../network';
import { buildArchitecture } from '../registry';
import { guessEfficientnet, guessMobilenet, guessShufflenet } from './mobile';
import { guessConvnet, guessLenet, guessMlp, guessVgg } from './plain';
import { guessResnet } from './residual';
import { Shapes, type Guess, type Guesser, type Images } from './shapes';
import { guessMixer, guessVit } from './tokens';

export interface Recognized {
  model: ModelSpec;
  architecture: Architecture;
  /** The shape of the images; undefined if the network takes images of any size and nobody said which. */
  data: DataShape | undefined;
  /** Sentences about what the file does not say, and what is assumed instead. */
  notes: string[];
}

/** What the user said about the network. */
export interface Said {
  /** A name without options leaves the options to be recognized. */
  model?: ModelSpec | undefined;
  images?: Images | undefined;
}

type Tensors = ReadonlyMap<string, { shape: readonly number[] }>;

const GUESSERS: readonly Guesser[] = [
  guessResnet,
  guessVit,
  guessMixer,
  guessVgg,
  guessMobilenet,
  guessEfficientnet,
  guessShufflenet,
  guessLenet,
  guessConvnet,
  guessMlp,
];

/**
 * Returns the network whose entries are exactly the tensors of the file. Names may have wrappers, and running statistics may be missing. Options
 * that do not change any tensor, such as dropout, get their defaults. Throws UserError, naming `file`, if no network or more than one fits.
 */
export function recognize(file: string, tensors: Tensors, said: Said = {}): Recognized {
  const shapes = new Shapes(tensors);
  const guesses = GUESSERS.flatMap((guess) => guess(shapes));
  const { model } = said;
  if (model !== undefined && typeof model !== 'string') return asSaid(file, tensors, { ...said, model, guesses });
  const wanted = guesses.filter(({ spec }) => model === undefined || spec.model === model);
  if (model !== undefined && wanted.length === 0)
    return asSaid(file, tensors, { ...said, model: { model } as Exclude<ModelSpec, string>, guesses });
  if (wanted.length === 0) throw unknown(file, shapes);
  const tried = wanted.map((guess) => attempt(file, tensors, { guess, images: said.images }));
  const fitting = tried.filter((result): result is Recognized => !(result instanceof UserError));
  const [first, second] = fitting;
  if (!first) throw tried.find((result) => result instanceof UserError)!;
  const isSame = second && isDeepStrictEqual(first.architecture.entries, second.architecture.entries);
  if (!second || isSame || model !== undefined) return first;
  const models = fitting.map((one) => JSON.stringify(one.model)).join(' or ');
  throw new UserError(`${file} fits several networks: ${models}.`, {
    advice: { terminal: 'Choose one with --model.', window: 'Choose one of them.' },
  });
}

const IMAGES = {
  terminal: 'Name them with --images HxWxC, or name a run file with --options.',
  window: 'Name the size of the images, or choose a run file with the network and the data.',
};

/** Returns the network of a guess if it fits, else the error. */
function attempt(
  file: string,
  tensors: Tensors,
  { guess, images }: { guess: Guess; images: Images | undefined },
): Recognized | UserError {
  const { spec, classes, anySize = false, notes } = guess;
  const model = withoutDefaults(spec);
  const candidates = images ? [images] : guess.images;
  const [chosen, ...others] = candidates;
  if (!chosen)
    return new UserError(`${file} looks like ${spec.model}, but does not say which images it takes.`, {
      advice: IMAGES,
    });
  try {
    const architecture = buildArchitecture(model, { ...chosen, classes });
    checkFit(file, tensors, architecture, { target: targetOf(architecture) });
    const data = anySize && !images ? undefined : architecture.data;
    return { model, architecture, data, notes: [...notes, ...(others.length > 0 ? [assumed(chosen, others)] : [])] };
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

function targetOf({ name }: Architecture): FitOptions['target'] {
  return {
    name,
    advice: {
      terminal: 'Name the network of the checkpoint with --model.',
      window: 'Choose the network of the checkpoint.',
    },
  };
}

function assumed(chosen: Images, others: readonly Images[]): string {
  const texts = others.slice(0, 3).map(imagesText).join(', ');
  return `The images are assumed to be ${imagesText(chosen)}. ${texts}${others.length > 3 ? ', …' : ''} would fit, too. If this is wrong, give the size of the images.`;
}

function imagesText({ height, width, channels }: Images): string {
  return `${height}x${width}x${channels}`;
}

/** Returns the network that the user has named. Throws UserError if the tensors do not fit it. */
function asSaid(
  file: string,
  tensors: Tensors,
  { model, images, guesses }: Said & { model: Exclude<ModelSpec, string>; guesses: readonly Guess[] },
): Recognized {
  const [similar] = guesses;
  const chosen = images ?? similar?.images[0];
  const classes = model.classes ?? similar?.classes ?? classesOf(tensors);
  if (!chosen || classes === undefined || classes < 2)
    throw new UserError(`${file} does not say which images its network takes.`, { advice: IMAGES });
  const architecture = buildArchitecture(model, { ...chosen, classes });
  checkFit(file, tensors, architecture, { target: targetOf(architecture) });
  const isKnown = images !== undefined || similar?.anySize !== true;
  return { model, architecture, data: isKnown ? architecture.data : undefined, notes: [] };
}

/** Returns the number of outputs of the last matrix, which is usually the classifier. */
function classesOf(tensors: Tensors): number | undefined {
  return [...tensors.values()].findLast(({ shape }) => shape.length === 2)?.shape[0];
}

/** Removes options that have their default value, so that labels are short. */
function withoutDefaults(spec: Exclude<ModelSpec, string>): ModelSpec {
  if (isOwn(spec)) return spec;
  const defaults = defaultsOf(MODELS[spec.model].options) as Readonly<Record<string, unknown>>;
  const options = Object.entries(spec.options ?? {}).filter(
    ([name, value]) => !isDeepStrictEqual(value, defaults[name]),
  );
  if (options.length === 0) return spec.model;
  return { model: spec.model, options: Object.fromEntries(options) };
}

function unknown(file: string, { names }: Shapes): UserError {
  const models = (Object.keys(MODELS) as ModelName[]).join(', ');
  const some = names.slice(0, 3).map(quote).join(', ');
  return new UserError(
    `${file}: no network of Winning Sign has its tensors (${some}${names.length > 3 ? ', …' : ''}). The networks are ${models}.`,
    {
      advice: {
        terminal: 'If its names differ only a little, name the network with --model to see which tensor does not fit.',
        window: 'If its names differ only a little, choose the network to see which tensor does not fit.',
      },
    },
  );
}
