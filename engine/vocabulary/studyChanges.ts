/** Says which run directories do not fit a study file that was changed after they were made. Pure. */

/** Run directories that the study file no longer describes. All of them are kept. */
export interface StudyChanges {
  /** Runs of the study whose directory has a run with other options. They are not executed. */
  conflicts?: {
    runs: number;
    /** The first of their names. */
    first: string[];
    nodes: string[];
    /** The options that differ. */
    fields: string[];
  };
  /** Runs that were made from a checkpoint of another run of the study, which was made anew since. They are not executed. */
  stale?: {
    runs: number;
    /** The first of their names. */
    first: string[];
    nodes: string[];
  };
  /** Directories whose name no run of the study has. */
  unlisted?: { directories: number; first: string[] };
}

/** What to do about a single run with other options. */
export const WAYS_OUT =
  'Change the study file back, or rename the study or the node, or move this directory away to run it anew.';

/** The only field of a conflict if a run was made from a checkpoint that has been replaced since. */
export const REPLACED = 'source';

/** Number of runs that a sentence names. */
export const MOST_NAMED = 5;

/** Returns what happened, without what to do. */
export function conflictsSentence({ runs, first, fields }: NonNullable<StudyChanges['conflicts']>): string {
  const [made, stays] =
    runs === 1 ? ['1 run was', 'It stays as it is and is'] : [`${runs} runs were`, 'They stay as they are and are'];
  const differing = fields.map((field) => `"${field}"`).join(', ');
  return `${made} made with other settings than the study file has now (${differing}): ${named(first, runs)}. ${stays} not executed again.`;
}

/** Returns what happened, without what to do. */
export function unlistedSentence({ directories, first }: NonNullable<StudyChanges['unlisted']>): string {
  const [which, kept] =
    directories === 1 ? ['1 run directory does', 'It is'] : [`${directories} run directories do`, 'They are'];
  return `${which} not belong to the study file any more: ${named(first, directories)}. ${kept} kept, but ${directories === 1 ? 'is' : 'are'} in no table.`;
}

/** Returns what happened, without what to do. */
export function staleSentence({ runs, first }: NonNullable<StudyChanges['stale']>): string {
  const [made, count] =
    runs === 1 ? ['1 run was', 'It does not count and is'] : [`${runs} runs were`, 'They do not count and are'];
  return `${made} made from checkpoints that have been replaced since: ${named(first, runs)}. ${count} not executed again.`;
}

function named(first: readonly string[], all: number): string {
  return `${first.join(', ')}${all > first.length ? ` and ${all - first.length} more` : ''}`;
}

/** Returns the sentences for VS Code, with all ways out in its words. */
export function changesInWindow({ conflicts, stale, unlisted }: StudyChanges): string[] {
  return [
    ...(conflicts
      ? [
          [
            conflictsSentence(conflicts),
            'To use what is there, change the study file back.',
            `To have both, save the file under another name, or rename ${nodesText(conflicts.nodes)} in it.`,
            'To run anew, use “Run Again What Failed…”: it renames their folders and deletes nothing. The other runs can be run meanwhile.',
          ].join(' '),
        ]
      : []),
    ...(stale
      ? [
          `${staleSentence(stale)} To run anew, use “Run Again What Failed…”: it renames their folders and deletes nothing.`,
        ]
      : []),
    ...(unlisted
      ? [
          `${unlistedSentence(unlisted)} To use what is there, change the study file back. Otherwise, move ${unlisted.directories === 1 ? 'it' : 'them'} away.`,
        ]
      : []),
  ];
}

/** Returns the names of nodes for a sentence. */
export function nodesText(nodes: readonly string[]): string {
  return `the ${nodes.length === 1 ? 'node' : 'nodes'} ${nodes.map((node) => `"${node}"`).join(', ')}`;
}
