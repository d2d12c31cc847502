/** Writes the batch scripts of a study, and the arguments of `sbatch`. */
import path from 'node:path';
import { CLI } from '../../runs/detached';
import type { SlurmProfile } from '../../vocabulary/slurmSchema';
import { logName } from './record';

/** What a script executes. All paths are absolute. */
export interface ScriptOptions {
  /** The study file, and the copy of it that is executed, so that a later change of the file does not change runs that wait. */
  file: string;
  content: string;
  /** Names of the runs by index. A single run has the index 0. */
  names: ReadonlyMap<number, string>;
  profile: SlurmProfile;
}

/** Returns a word that every POSIX shell reads as this text. */
export function quote(text: string): string {
  return /^[\w./:@+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Returns a script for bash. On SIGUSR1, which Slurm sends before the time limit, it asks the run to save its state, waits for it, and
 * queues the job again. On SIGTERM it only asks the run to save: Slurm then cancels the job, or queues it again by itself.
 */
export function scriptOf({ file, content, names, profile }: ScriptOptions): string {
  const { modules, before, container, requeue } = profile;
  const program = profile.program ?? [process.execPath, CLI].map(quote).join(' ');
  const lines = [
    '#!/bin/bash',
    '# Executes one run of a study. Winning Sign wrote this file, and submitted it with sbatch.',
    `names=(${[...names].map(([index, name]) => `[${index}]=${quote(name)}`).join(' ')})`,
    'name=${names[${SLURM_ARRAY_TASK_ID:-0}]}',
    // A task may have the SLURM_JOB_ID of its array, which would name all tasks.
    'job=${SLURM_ARRAY_JOB_ID:+${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID}',
    'job=${job:-$SLURM_JOB_ID}',
    'echo "$name: job $job on $(hostname), start $((${SLURM_RESTART_COUNT:-0} + 1))"',
    ...['run=', 'asked=', 'signals=0', 'code=1'],
    'signal() { echo "$name: received SIG$1"; signals=$((signals + 1)); asked=${asked:-$1}; [ -z "$run" ] || kill -s "$1" "$run" 2>/dev/null; }',
    "trap 'signal USR1' USR1",
    "trap 'signal TERM' TERM",
    '',
    'export ELECTRON_RUN_AS_NODE=1 WINNING_SIGN_THREADS=${SLURM_CPUS_PER_TASK:-1}',
    ...modules.map((name) => `module load ${quote(name)}`),
    ...before,
    '',
    `${container === undefined ? '' : `${container} `}${program} study task ${quote(file)} "$name" --content ${quote(content)} &`,
    'run=$!',
    '[ -z "$asked" ] || kill -s "$asked" "$run" # the signal came before the run began',
    '# A signal ends `wait` early, so wait again until no signal came.',
    'while :; do',
    '  before=$signals',
    '  wait "$run" && now=0 || now=$?',
    '  [ "$now" = 127 ] || code=$now',
    '  [ "$before" != "$signals" ] || break',
    'done',
    'echo "$name: exit code $code${asked:+ after SIG$asked}"',
    ...(requeue ? requeueLines() : []),
    'exit "$code"',
    '',
  ];
  return lines.join('\n');
}

/**
 * Returns the lines that queue the job again. Only a job that is still running may be: Slurm has cancelled the others, or queues them
 * again by itself. SIGTERM can also be the notice that a job will be preempted.
 */
function requeueLines(): string[] {
  return [
    'if [ "$code" = 130 ] && [ -n "$asked" ]; then',
    '  state=$(squeue --noheader --jobs="$job" --format=%T)',
    `  [ "$asked" = USR1 ] || scontrol show job "$job" | grep -q 'PreemptTime=[0-9]' || state=ending`,
    '  if [ "$state" = RUNNING ]; then',
    '    echo "$name: its state is saved. The job is queued again."',
    '    scontrol requeue "$job" && exit 0',
    '    echo "$name: Slurm did not queue the job again. Submit the study again to continue."',
    '  fi',
    'fi',
  ];
}

/** What is submitted. */
export interface Submission {
  script: string;
  /** Name of the job, for `squeue`. */
  name: string;
  /** The folder of the study file, and the folder for the output of jobs. */
  folder: string;
  logs: string;
  /** Indices of the array; undefined for a single job. */
  indices: readonly number[] | undefined;
  /** The value of `--dependency`; undefined if the job can start at once. */
  dependency: string | undefined;
  profile: SlurmProfile;
}

/** Returns the arguments of `sbatch`. */
export function sbatchArguments({ script, name, folder, logs, indices, dependency, profile }: Submission): string[] {
  const { partition, account, qos, time, cpus, gpus, gres, memory, constraint, atOnce, saveSeconds, requeue, sbatch } =
    profile;
  const optional: Record<string, string | number | undefined> = {
    ...{ partition, account, qos, time, gpus, gres, mem: memory, constraint, dependency },
    array: indices && `${ranges(indices)}${atOnce === undefined ? '' : `%${atOnce}`}`,
  };
  const given = Object.entries(optional).filter(([, value]) => value !== undefined);
  return [
    ...['--parsable', `--job-name=${name}`, `--chdir=${folder}`, '--ntasks=1', `--cpus-per-task=${cpus}`],
    `--output=${path.join(escaped(logs), logName(indices ? '%A_%a' : '%j'))}`,
    ...['--open-mode=append', '--kill-on-invalid-dep=yes', `--signal=B:USR1@${saveSeconds}`],
    requeue ? '--requeue' : '--no-requeue',
    ...given.map(([option, value]) => `--${option}=${String(value)}`),
    ...sbatch,
    script,
  ];
}

/** `%` begins a replacement in the names of outputs. */
function escaped(folder: string): string {
  return folder.replaceAll('%', '%%');
}

/** Returns ascending numbers as `0-3,7`. */
export function ranges(numbers: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const number of numbers) {
    const last = parts.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else parts.push([number, number]);
  }
  return parts.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',');
}
