/** Makes drafts of runs that measure the networks between checkpoints. */
import { byPath, parameterPath } from '../checkpoints/modulePath';
import { readNetworkState } from '../checkpoints/state';
import { refuseDifferentMasks } from '../connectivity/combine';
import { UserError } from '../errors';
import { openSource, type Source } from '../inspection/source';
import { fitted, shapeText } from '../models/fit';
import type { Architecture } from '../models/network';
import { isReshaped } from '../tensors';
import type { CheckpointRef } from '../vocabulary/checkpoint';
import { DEFAULT_MASKS, DEFAULT_NORMALIZATION, MASK_RULES, NORMALIZATIONS } from '../vocabulary/connectivity';
import type { ConnectivityEnds, Measuring, RunRecord } from '../vocabulary/runRecord';
import { POINTS, SURFACE_POINTS } from '../vocabulary/runSchema';
import { checkChoice, checkWholeNumber } from './choices';
import { asOfNow, labelOf, originOf, type DerivedOptions } from './derivedDrafts';
import { type Draft, draftOf, type Place } from './drafts';
import { checkReplaced, replacedBy } from './overrides';
import { refuseOtherNetworks } from './sameNetwork';

export interface ConnectivityRequest extends DerivedOptions, Measuring {
  a: CheckpointRef;
  b: CheckpointRef;
  /** Number of measured points on the line, including both ends, from 2 to 1001. */
  points: number;
}

/** Drafts a connectivity run between two checkpoints. It uses the data of the run of A, or of B if A is not in a run directory. */
export async function draftConnectivity(place: Place, request: ConnectivityRequest): Promise<Draft> {
  const { points, ...how } = request;
  checkWholeNumber('points', points, POINTS);
  checkMeasuring(how);
  const [a, b] = [await openSource(request.a), await openSource(request.b)];
  checkHeaders(a, b);
  await refuseOtherNetworks([a, b]);
  const origin = await originOf([a, b], request);
  const options = checkReplaced(origin, request.overrides);
  const name = `${labelOf(a)}-to-${labelOf(b)}`;
  const ends: ConnectivityEnds = { a: await asOfNow(a), b: await asOfNow(b), points, ...measuringOf(how) };
  const record: RunRecord = { version: 1, name, ...options, kind: 'connectivity', ...ends };
  return draftOf(place, record, {
    origin: origin.file,
    moved: origin.moved,
    sources: [a, b],
    replaced: replacedBy(request.overrides),
  });
}

export interface SurfaceRequest extends ConnectivityRequest {
  c: CheckpointRef;
}

/**
 * Drafts the measurement of the loss surface through three checkpoints, with `points` points along each axis, from 2 to 101. It uses the
 * data of the first checkpoint that is in a run directory.
 */
export async function draftSurface(place: Place, request: SurfaceRequest): Promise<Draft> {
  const { points, ...how } = request;
  checkWholeNumber('points', points, SURFACE_POINTS);
  checkMeasuring(how);
  if (how.normalization === 'none')
    throw new UserError(
      'A loss surface needs the normalization exact or ema: outside of the three checkpoints, interpolated variances can be negative.',
    );
  const [a, b, c] = [await openSource(request.a), await openSource(request.b), await openSource(request.c)];
  checkHeaders(a, b);
  checkHeaders(a, c);
  const sources = [a, b, c];
  await refuseOtherNetworks(sources);
  const origin = await originOf(sources, request);
  const options = checkReplaced(origin, request.overrides);
  const name = `${labelOf(a)}-${labelOf(b)}-${labelOf(c)}-surface`;
  const ends = { a: await asOfNow(a), b: await asOfNow(b), c: await asOfNow(c), points, ...measuringOf(how) };
  const record: RunRecord = { version: 1, name, ...options, kind: 'connectivity', ...ends };
  const replaced = replacedBy(request.overrides);
  return draftOf(place, record, { origin: origin.file, moved: origin.moved, sources, replaced });
}

/** Throws UserError if a choice does not exist. */
function checkMeasuring({ normalization = DEFAULT_NORMALIZATION, masks = DEFAULT_MASKS }: Measuring): void {
  checkChoice('normalization', normalization, NORMALIZATIONS);
  checkChoice('masks', masks, MASK_RULES);
}

/** Returns the choices that are not the default, so that records without choices have the hash that they always had. */
export function measuringOf({ normalization, masks }: Measuring): Measuring {
  return {
    ...(normalization !== undefined && normalization !== DEFAULT_NORMALIZATION && { normalization }),
    ...(masks !== undefined && masks !== DEFAULT_MASKS && { masks }),
  };
}

/**
 * Throws UserError if the headers show two different architectures: one has a masked layer that the other lacks, or a tensor has two
 * shapes. Other tensors are not compared here, because the run checks every tensor of the architecture.
 */
function checkHeaders(a: Source, b: Source): void {
  const named = ({ shapes }: Source) => byPath(shapes, ([name]) => parameterPath(name));
  const [inA, inB] = [named(a), named(b)];
  const masked = new Set([...a.masked, ...b.masked].map(parameterPath));
  for (const parameter of new Set([...masked, ...inA.keys()])) {
    const [ofA, ofB] = [inA.get(parameter), inB.get(parameter)];
    if (ofA && ofB ? isReshaped(ofA[1].shape, ofB[1].shape) : !masked.has(parameter)) continue;
    const [name = parameter] = ofA ?? ofB ?? [];
    const [shapeA, shapeB] = [ofA, ofB].map((tensor) => (tensor ? shapeText(tensor[1].shape) : 'missing'));
    throw new UserError(
      `${a.file} and ${b.file} cannot be interpolated: tensor ${name} is ${shapeA} in the first and ${shapeB} in the second. Name checkpoints of one architecture.`,
    );
  }
}

/** Throws UserError if the masks of the sources must be equal and are not. Only then are the files read. */
export async function checkMasks({ record, sources }: Draft, architecture: Architecture): Promise<void> {
  if (!('masks' in record) || record.masks !== 'equal') return;
  const states = [];
  for (const { file, choice } of sources)
    states.push(fitted(file, (await readNetworkState(choice)).state, { architecture }));
  refuseDifferentMasks(
    sources.map(({ file }) => file),
    states,
  );
}
