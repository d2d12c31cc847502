/** Chooses the rows to measure. */
import type { BackendReport } from '../../engine/protocol';
import type { Figure } from './bench';
import { fileFigures } from './figures/files';
import { gpuFigures } from './figures/gpu';
import { imageFigures } from './figures/images';
import { growthFigures } from './figures/growth';
import { largeStudyFigure } from './figures/largeStudy';
import { lookingFigures } from './figures/looking';
import { overheadFigure } from './figures/overhead';
import { panelFigures } from './figures/panel';
import { studyPanelFigure } from './figures/studyPanel';
import { runsFigure } from './figures/runs';
import { startFigures } from './figures/start';
import { treeFigure } from './figures/tree';
import { stepFigures } from './figures/step';
import { studyFigures } from './figures/studies';
import { withinFigures } from './figures/within';

/** The time after which a short bench begins no other figure. A figure that has begun may take longer. */
export const SHORT_MINUTES = 15;
/** Measurements of each side in a short bench. */
export const SHORT_RUNS = 5;

/** Names of the rows of a short bench. Each of the others takes minutes, or repeats a row under other conditions. */
const SHORT = /^(start|step|memory\/step|aws-over-lrr|prune|inspect|inspect-streamed|compare|open|resume|runs|tree)\//;

/** All figures that can be measured with these backends. The quick ones are first, so that a short bench has them. */
export function allFigures(backends: readonly BackendReport[]): Figure[] {
  return [
    ...startFigures,
    ...fileFigures,
    ...lookingFigures,
    ...growthFigures(backends),
    runsFigure,
    treeFigure,
    ...stepFigures(backends),
    ...withinFigures(backends),
    ...gpuFigures(backends),
    ...panelFigures,
    studyPanelFigure,
    ...imageFigures(backends),
    ...studyFigures,
    largeStudyFigure,
    overheadFigure,
  ];
}

export interface Choice {
  all: boolean;
  only: RegExp | undefined;
}

/** Whether a row is measured, if there is time. */
export function isChosen(name: string, { all, only }: Choice): boolean {
  return only ? only.test(name) : all || SHORT.test(name);
}

/** Whether a figure is begun, this long after the start of the bench. */
export function hasTime(milliseconds: number, { all, only }: Choice): boolean {
  return all || only !== undefined || milliseconds < 60_000 * SHORT_MINUTES;
}
