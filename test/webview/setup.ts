/** Runs mocha in the page, and sends its report to the runner line by line. */
import { closePanel } from './panel';

declare global {
  interface Window {
    report: (line: string) => Promise<void>;
    finish: (counts: { passed: number; failed: number; skipped: number; failures?: string[] }) => Promise<void>;
  }
}

function reporter(runner: Mocha.Runner): void {
  const lines: Promise<void>[] = [];
  const say = (line: string) => lines.push(window.report(line));
  const failures: { title: string; error: Error }[] = [];
  let [passing, pending] = [0, 0];
  const started = performance.now();
  runner.on('suite', (suite) => {
    if (suite.title) say(`${'  '.repeat(suite.titlePath().length)}${suite.title}`);
  });
  runner.on('pass', (test) => {
    passing++;
    say(`${'  '.repeat(test.titlePath().length)}✔ ${test.title}`);
  });
  runner.on('pending', () => pending++);
  runner.on('fail', (test, error: Error) => {
    failures.push({ title: test.fullTitle(), error });
    say(`${'  '.repeat(test.titlePath().length)}${failures.length}) ${test.title}`);
  });
  runner.on('end', () => {
    say(`\n  ${passing} passing (${Math.round(performance.now() - started)}ms)`);
    if (pending > 0) say(`  ${pending} pending`);
    if (failures.length > 0) say(`  ${failures.length} failing`);
    failures.forEach(({ title, error }, place) => {
      say(`\n  ${place + 1}) ${title}\n     ${error.stack ?? error.message}`);
    });
    const names = failures.map(({ title, error }) => `${title}: ${error.message}`);
    const counts = { passed: passing, failed: failures.length, skipped: pending, failures: names };
    void Promise.all(lines).then(() => window.finish(counts));
  });
}

mocha.setup({ ui: 'bdd', reporter: reporter as typeof reporter & Mocha.ReporterConstructor, timeout: 60_000 });
window.addEventListener('load', () => {
  afterEach(async () => {
    closePanel();
    await window.person.resize(1200, 800);
  });
  mocha.run();
});
