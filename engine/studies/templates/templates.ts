/**
 * The studies that `study new` writes: the experiments of the paper, questions that it leaves open, and controls. A template is the content
 * of a study file, so that a reader can copy and change it.
 */
import type { StudyFile } from '../../vocabulary/study';
import { CONTROLS } from './controls';
import { CROSS_TASK } from './crossTask';
import { OFFICIAL, type OfficialName } from './official';
import { PAPER } from './paper';
import type { StudyContent, Template } from './parts';
import { QUESTIONS } from './questions';
import { SCALES, SETTINGS, type Scale } from './scales';

const OWN = { ...PAPER, ...QUESTIONS, ...CROSS_TASK, ...CONTROLS } as const;

/** Templates with scales. */
export type OwnName = keyof typeof OWN;
export const OWN_NAMES = Object.keys(OWN) as OwnName[];

export const TEMPLATES: Record<OwnName | OfficialName, Template> = { ...OWN, ...OFFICIAL };

export type TemplateName = keyof typeof TEMPLATES;

/** Returns the scales of a template, the smallest first. */
export function scalesOf(name: TemplateName): readonly Scale[] {
  return TEMPLATES[name].scales ?? (Object.keys(SCALES) as Scale[]);
}

/** Returns the content of a study file. */
export function contentOf(name: TemplateName, scale: Scale): StudyContent {
  const { question, content } = TEMPLATES[name];
  const setting = SETTINGS[scale];
  const { options, nodes, ...rest } = content(setting, scale);
  return { question, options: { ...setting.options, ...options }, ...rest, nodes: nodes as StudyFile['nodes'] };
}
