/** The header of a study: its name, how far it is, its question, and what can be done with it. */
import { jobsLine, progressText } from '../../../engine/vocabulary/studyCounts';
import { button, h, setText } from '../../dom';
import type { Host } from '../../host';
import type { LiveStudy } from '../../studyLive';

export class StudyHeader {
  readonly element: HTMLElement;
  readonly #host: Host;
  readonly #name = h('h1');
  readonly #progress = h('p', { class: 'study-progress', role: 'status' });
  readonly #bar = h('div', { class: 'study-bar', 'aria-hidden': 'true' }, h('div'));
  readonly #jobs = h('p', { class: 'study-jobs' });
  readonly #question = h('p', { class: 'study-question' });
  readonly #run: HTMLButtonElement;
  readonly #stop: HTMLButtonElement;
  #file = '';

  constructor(host: Host) {
    this.#host = host;
    const act = (action: 'runStudy' | 'stopStudy' | 'studyReport' | 'openStudyFile') => () => {
      host.act({ action, file: this.#file });
    };
    this.#run = button({ label: 'Run', icon: 'play', text: true, press: act('runStudy') });
    this.#stop = button({ label: 'Stop', icon: 'debug-stop', text: true, press: act('stopStudy') });
    const tools = h(
      'div',
      { class: 'study-tools', role: 'toolbar', 'aria-label': 'Study' },
      this.#run,
      this.#stop,
      button({ label: 'Report', icon: 'file-text', text: true, press: act('studyReport') }),
      button({ label: 'Open file', icon: 'json', text: true, press: act('openStudyFile') }),
    );
    this.element = h(
      'header',
      { class: 'study-header' },
      h('div', { class: 'study-title' }, this.#name, this.#progress, tools),
      this.#bar,
      this.#jobs,
      this.#question,
    );
  }

  draw(study: LiveStudy): void {
    const { file, name, question, executing, stopping, counts, slurmJobs = [] } = study;
    this.#file = file;
    setText(this.#name, name);
    setText(this.#progress, progressText(study, { inWords: true }));
    setText(this.#jobs, jobsLine(slurmJobs));
    this.#jobs.hidden = slurmJobs.length === 0;
    setText(this.#question, question ?? '');
    this.#question.hidden = question === undefined;
    const all = study.runs.size;
    const ended = (counts.done ?? 0) + (counts.diverged ?? 0);
    (this.#bar.firstElementChild as HTMLElement).style.width = `${all === 0 ? 0 : (100 * ended) / all}%`;
    this.#bar.hidden = ended === all;
    this.#run.hidden = executing || ended === all;
    this.#stop.hidden = !executing;
    this.#run.disabled = this.#stop.disabled = !this.#host.trusted;
    this.#run.title = this.#host.trusted ? 'Run what is left' : 'Trust the workspace to run studies';
    this.#stop.title = this.#host.trusted ? 'Stop all runs of this study' : 'Trust the workspace to stop studies';
    if (stopping) this.#stop.disabled = true;
  }
}
