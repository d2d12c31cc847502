/** Says what was submitted to Slurm. */

/**
 * Returns for example “Submitted 9 runs in 3 Slurm jobs.”
 * @param jobs the job of each submitted run, such as `12` or, in the array 12, `12_3`
 * @param blocked the names of runs that were not submitted, because a run that they need cannot end
 */
export function submittedText(jobs: readonly string[], blocked: readonly string[]): string {
  const arrays = new Set(jobs.map((job) => job.split('_')[0])).size;
  const submitted =
    jobs.length === 0
      ? 'No run was submitted: all have ended, or have a job already.'
      : `Submitted ${jobs.length} ${jobs.length === 1 ? 'run' : 'runs'} in ${arrays} Slurm ${arrays === 1 ? 'job' : 'jobs'}.`;
  const without = `Not submitted, because a run that they need cannot end here: ${blocked.join(', ')}.`;
  return blocked.length === 0 ? submitted : `${submitted}\n${without}`;
}
