/** How many signs of a transferred network agree with those of its ticket, and how many would agree by chance. */
import { percent } from './numbers';
import type { RunSnapshot } from './runSummary';
import { traitsOf, type TransferVariant } from './transferVariants';

/** Counts of one layer. All counts are of kept weights that are not 0 in the start network and in the ticket. */
export interface TransferredLayer {
  name: string;
  kept: number;
  /** Number of weights with the same sign in the start network and in the ticket. */
  sameSign: number;
  /** Number of positive weights in the start network, and in the ticket. */
  positive: number;
  ticketPositive: number;
  /** The network that the ticket was trained from, if it is known: weights with the sign of the ticket, and positive weights. */
  initialization?: { sameSign: number; positive: number };
}

export interface Agreement {
  sameSign: number;
  /** Share of the kept weights that would agree by chance, in [0, 1]. NaN if none is kept. */
  chance: number;
}

export interface SignAgreement extends Agreement {
  kept: number;
  initialization?: Agreement;
}

/** Returns the agreement of one layer. Random signs agree with probability ½, others as if they were shuffled within the layer. */
export function agreementOf(layer: TransferredLayer, variant: TransferVariant): SignAgreement {
  const { kept, sameSign, positive, ticketPositive, initialization } = layer;
  const chance = (positives: number) => shuffled(positives / kept, ticketPositive / kept);
  const isRandom = traitsOf(variant).kept.signs === 'random';
  return {
    kept,
    sameSign,
    chance: isRandom && kept > 0 ? 0.5 : chance(positive),
    ...(initialization && {
      initialization: { sameSign: initialization.sameSign, chance: chance(initialization.positive) },
    }),
  };
}

/** Returns the expected share of equal signs of two independent lists with these shares of +. */
function shuffled(a: number, b: number): number {
  return a * b + (1 - a) * (1 - b);
}

/** Returns the agreement of all layers. The expected number of equal signs is the sum of those of the layers. */
export function totalAgreement(layers: readonly TransferredLayer[], variant: TransferVariant): SignAgreement {
  const all = layers.map((layer) => agreementOf(layer, variant)).filter(({ kept }) => kept > 0);
  const kept = all.reduce((sum, layer) => sum + layer.kept, 0);
  const total = (of: (layer: SignAgreement) => Agreement): Agreement => ({
    sameSign: all.reduce((sum, layer) => sum + of(layer).sameSign, 0),
    chance: all.reduce((sum, layer) => sum + of(layer).chance * layer.kept, 0) / kept,
  });
  const isKnown = all.length > 0 && all.every(({ initialization }) => initialization);
  return {
    kept,
    ...total((layer) => layer),
    ...(isKnown && { initialization: total((layer) => layer.initialization!) }),
  };
}

/** Returns one sentence about the start network, and one about the initialization of the ticket if it is known. */
export function agreementSentences({ kept, sameSign, chance, initialization }: SignAgreement): string[] {
  if (kept === 0) return [];
  const words = (same: number, by: number) =>
    `${same} of ${kept} kept weights (${percent(same / kept)}; by chance ${percent(by)})`;
  return [
    `The start network has the sign of the checkpoint in ${words(sameSign, chance)}.`,
    ...(initialization
      ? [
          `The initialization of the checkpoint has its sign in ${words(initialization.sameSign, initialization.chance)}.`,
        ]
      : []),
  ];
}

/** A line of the table of signs: a layer, or the total. */
export interface LayerAgreement extends SignAgreement {
  name: string;
}

export interface RunAgreement extends SignAgreement {
  layers: LayerAgreement[];
}

/** Returns the agreement of the start network of a transfer, in all and by layer. Returns undefined if it was not recorded. */
export function agreementOfRun({
  source,
  transferred,
}: Pick<RunSnapshot, 'source' | 'transferred'>): RunAgreement | undefined {
  if (source?.from !== 'checkpoint' || !transferred) return undefined;
  const layers = transferred.map((layer) => ({ name: layer.name, ...agreementOf(layer, source.variant) }));
  return { ...totalAgreement(transferred, source.variant), layers };
}
