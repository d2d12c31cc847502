/** Requests about studies, and their answers. Types only. */
import type { StudySummary, StudyProblem } from './study';
import type { TableFormat } from './tableFormats';

/** The studies of some folders. */
export interface StudyList {
  studies: StudySummary[];
  problems: StudyProblem[];
}

/**
 * A study appeared, changed, or was removed (neither `summary` nor `problem`). A study whose file has mistakes has a `problem`. It also has
 * its last `summary`, if its file was read before.
 */
export interface StudyChange {
  file: string;
  summary?: StudySummary;
  problem?: string;
}

/** The templates of new studies, each with its scales, the smallest first; and what the scales mean. */
export interface StudyTemplates {
  templates: { name: string; question: string; scales: string[] }[];
  scales: { name: string; description: string }[];
}

/** A new study file. The request fails if the file exists. */
export interface NewStudy {
  template: string;
  /** Default: the smallest scale of the template. */
  scale?: string;
  file: string;
}

/** Executes a study, or only a part of it: in a detached process on this machine, or as jobs of a Slurm cluster. */
export interface StudyStart {
  file: string;
  /** Nodes or names of runs. Only they and the runs that they need are executed. Default: all. */
  only?: string[];
  /** On this machine: nodes or names of runs. Their runs that diverged, failed or have other options are moved aside and begin anew. */
  retry?: string[];
  /** Default: `local`, on this machine. */
  executor?: 'local' | 'slurm';
  /** With `slurm`: what the jobs ask for, a file `NAME.slurm.json`. Default: the only one beside the study file. */
  profile?: string;
  /** On this machine: number of processors to use. Default: all. */
  cores?: number;
  /** On this machine: gigabytes of memory that all runs use together, a whole number. Default: what is free. */
  memory?: number;
}

/** A study that was started. */
export interface StudyStarted {
  file: string;
  /** The output of the process on this machine. */
  log?: string;
  /** Says what was submitted to Slurm. */
  message?: string;
}

/** The content of a study file in an editor, which may differ from the file. */
export interface StudyText {
  file: string;
  text: string;
}

/** Writes results of a study, and replaces the file `out` if it exists. */
export interface StudyOutput {
  file: string;
  out: string;
}

export type StudyTableOutput = StudyOutput & {
  /** Default: all tables. */
  name?: string;
  format: TableFormat;
};

export type StudyFigureOutput = StudyOutput & {
  /** Default: the first table that is not of kept weights. */
  name?: string;
  /** Default: PNG if the file ends with .png, else SVG. */
  format?: FigureFormat;
  /** Millimetres. Default: the width of a column of a paper, and 60, or more if the legend needs it. */
  width?: number;
  height?: number;
  /** Pixels per inch of a PNG. Default: 300. */
  dpi?: number;
};

export type FigureFormat = 'svg' | 'png';

/** Width and height in pixels. */
export interface Pixels {
  width: number;
  height: number;
}

/** A figure that was written. A PNG has pixels. */
export interface FigureWritten {
  file: string;
  pixels?: Pixels;
}
