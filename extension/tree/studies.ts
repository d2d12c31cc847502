/** Collects what is known about each study: its file, its summary and its runs. Pure. */
import type { StudyProblem, StudySummary } from '../../engine/vocabulary/study';
import { jobsLine, progressText } from '../../engine/vocabulary/studyCounts';
import { inNaturalOrder } from '../../engine/vocabulary/text';
import { pathKey } from '../paths';
import { overallStatus } from './figures';
import { type Place, placeOfStudy, studyNameOf } from './places';
import type { StudyRow } from './rows';
import type { StudyFolder } from './structure';

interface Known extends StudyFolder {
  summary?: StudySummary;
  problem?: StudyProblem;
}

/** Returns the rows of all studies by name: of those with a file, and of folders of runs whose file is missing or has mistakes. */
export function studyRows(
  folders: readonly StudyFolder[],
  {
    studies,
    problems,
    unfolds,
  }: { studies: readonly StudySummary[]; problems: readonly StudyProblem[]; unfolds: (place: Place) => boolean },
): StudyRow[] {
  const known = new Map<Place, Known>(folders.map((folder) => [placeOfStudy(folder.folder), folder]));
  for (const summary of studies) known.set(placeOfStudy(summary.folder), { ...summary, summary });
  for (const problem of problems) {
    const own = [...known].find(([, study]) => isAbout(problem, study)) ?? [placeOfStudy(problem.file)];
    known.set(own[0], { ...(own[1] ?? { folder: problem.file, counts: {} }), problem });
  }
  return [...known]
    .map(([place, study]) => studyRow(study, unfolds(place)))
    .sort((a, b) => inNaturalOrder(a.label, b.label) || inNaturalOrder(a.folder, b.folder));
}

/** The runs of a study are in a folder with its name, two levels below its file. */
function isAbout({ file }: StudyProblem, { folder, summary }: Known): boolean {
  if (summary) return pathKey(summary.file) === pathKey(file);
  const beside = folder.replace(/[\\/][^\\/]+[\\/][^\\/]+$/, '');
  return pathKey(`${beside}/${studyNameOf(folder)}.study.json`) === pathKey(file).replaceAll('\\', '/');
}

function studyRow({ folder, counts, summary, problem }: Known, unfolds: boolean): StudyRow {
  const file = summary?.file ?? problem?.file;
  const name = summary?.name ?? studyNameOf(folder).replace(/\.study\.json$/, '');
  const figures = [
    ...(Object.keys(counts).length > 0 ? [progressText({ ...summary, counts })] : []),
    ...(problem ? ['problem with its file'] : []),
    ...(summary?.slurmProblem === undefined ? [] : ['problem in Slurm']),
    ...(summary?.slurmJobs ? [jobsLine(summary.slurmJobs)] : []),
  ];
  return {
    ...{ kind: 'study', id: placeOfStudy(folder), label: name, figures: figures.join(' · '), folder },
    ...{ status: overallStatus(counts), unfolds },
    ...(file !== undefined && { file }),
    ...(summary && { summary }),
    ...(problem && { problem: problem.message }),
  };
}
