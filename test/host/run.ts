/** `npm run test:host [-- --grep NAME]`: tests the extension in a real VS Code, in a browser if there is a Chromium, else on the desktop. */
import path from 'node:path';
import { chooseHost, type Host } from './host/choose';
import { runInHost } from './host/inHost';
import { takeGrep, runTestsOf } from './host/mocha';
import { makeFinishedRun } from './finishedRun';
import { skipPart } from '../tally';

const extension = path.resolve(__dirname, '../../..');

/** Returns the exit code. */
async function main(): Promise<number> {
  takeGrep();
  const host = await chooseHost();
  if (host.kind === 'none') return skipPart('the tests in a real VS Code', host.reason);
  const removeFinishedRun = makeFinishedRun();
  try {
    return await runIn(host);
  } finally {
    removeFinishedRun();
  }
}

async function runIn(host: Exclude<Host, { kind: 'none' }>): Promise<number> {
  console.log(`Inside the extension host of ${host.name}:`);
  const inside = await runInHost(extension, host);
  if (host.kind === 'desktop') {
    skipPart('the tests that drive the window', `They need the browser host. ${host.reason}`);
    return inside;
  }
  console.log(`Driving the window of ${host.name}:`);
  process.env['WINNING_SIGN_EXTENSION'] = extension;
  const failures = await runTestsOf(path.join(__dirname, 'driven'));
  return failures > 0 ? 1 : inside;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
