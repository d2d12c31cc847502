/**
 * The studies that `study new` writes: the experiments of the paper, questions that it leaves open, and controls. A template is the content
 * of a study file, so that a reader can copy and change it.
 */
import type { StudyFile } from '../../vocabulary/study';
import { CONTROLS } from './controls';
import { PAPER } from './paper';
import type { StudyContent, Template } from './parts';
import { QUESTIONS } from './questions';
import { SETTINGS, type Scale } from './scales';

export const TEMPLATES = { ...PAPER, ...QUESTIONS, ...CONTROLS } as const;

export type TemplateName = keyof typeof TEMPLATES;

/** Returns the content of a study file. */
export function contentOf(name: TemplateName, scale: Scale): StudyContent {
  const { question, content }: Template = TEMPLATES[name];
  const setting = SETTINGS[scale];
  const { options, nodes, ...rest } = content(setting, scale);
  return { question, options: { ...setting.options, ...options }, ...rest, nodes: nodes as StudyFile['nodes'] };
}
