import { Disposables, Signal } from '../../webview/dispose';
import { Host } from '../../webview/host';
import { Latest, Persistent } from '../../webview/latest';
import { equal, matches, rejects } from './assert';
import { FakeHost } from './fakeHost';
import { searchRun } from './world/runs';
import { answersOf } from './world/world';

const run = searchRun('aws', 1, 2);
const state = { view: 'run', directory: run.directory } as const;
const fake = () => new FakeHost(state, answersOf([run]));

describe('host', () => {
  it('settles every request: with its answer, with an error, or when the panel is closed', async () => {
    const channel = fake();
    const host = new Host(channel);
    equal((await host.request('run/snapshot', { directory: run.directory })).name, 'aws-seed1');
    await rejects(host.request('run/snapshot', { directory: '/nowhere' }), /\/nowhere holds no run; open another one/);
    channel.hold.add('runs');
    const waiting = host.request('runs', {});
    host.dispose();
    await rejects(waiting, /closed/);
  });

  it('matches answers to requests if they arrive in another order', async () => {
    const channel = fake();
    const host = new Host(channel);
    channel.hold.add('run/snapshot');
    const missing = host.request('run/snapshot', { directory: '/nowhere' });
    const found = host.request('run/snapshot', { directory: run.directory });
    channel.answerHeld('last');
    equal((await found).name, run.name);
    channel.answerHeld();
    await rejects(missing, /nowhere/);
    host.dispose();
  });

  it('keeps the settings of a state, and drops them with another state', () => {
    const channel = fake();
    const host = new Host(channel);
    host.keep(state);
    host.remember({ round: 3 });
    host.remember({ smoothing: 0.5 });
    host.keep(state);
    equal(channel.kept, { ...state, memory: { round: 3, smoothing: 0.5 } });
    host.keep({ view: 'flips', directory: run.directory });
    equal(channel.kept, { view: 'flips', directory: run.directory });
    host.dispose();
  });
});

describe('latest', () => {
  it('passes on the answer to the newest question only, and none after disposal', async () => {
    const latest = new Latest();
    const heard: string[] = [];
    const answer = { done: (value: string) => heard.push(value), failed: (error: Error) => heard.push(error.message) };
    latest.ask(Promise.resolve('old'), answer);
    latest.ask(Promise.resolve('new'), answer);
    await Promise.resolve();
    latest.ask(Promise.reject(new Error('late')), answer);
    latest.dispose();
    await new Promise((resolve) => setTimeout(resolve));
    equal(heard, ['new']);
  });
});

describe('persistent', () => {
  it('repeats the question after each restart until it is answered or disposed', async () => {
    const restarted = new Signal<undefined>();
    const persistent = new Persistent({ restarted });
    let asked = 0;
    const heard: string[] = [];
    const answer = { done: (value: string) => heard.push(value), failed: (error: Error) => heard.push(error.message) };
    const question = () => (++asked < 3 ? Promise.reject(new Error(`no ${asked}`)) : Promise.resolve(`yes ${asked}`));
    const settle = () => new Promise((resolve) => setTimeout(resolve));
    persistent.ask(question, answer);
    for (let i = 0; i < 4; i++) {
      await settle();
      restarted.emit(undefined);
    }
    await settle();
    equal(heard, ['no 1', 'no 2', 'yes 3']);
    persistent.ask(() => Promise.reject(new Error('late')), answer);
    persistent.dispose();
    restarted.emit(undefined);
    await settle();
    equal([asked, heard.length], [3, 3]);
  });
});

describe('signals', () => {
  it('reach every listener, even if an earlier listener throws', () => {
    const signal = new Signal<number>();
    const heard: number[] = [];
    const reported: unknown[] = [];
    const before = window.reportError.bind(window);
    window.reportError = (error: unknown) => reported.push(error);
    signal.on(() => {
      throw new Error('broken');
    });
    signal.on((value) => heard.push(value));
    signal.emit(7);
    window.reportError = before;
    equal(heard, [7]);
    matches(String(reported), /broken/);
  });
});

describe('disposables', () => {
  it('are disposed in reverse order, or at once if added after disposal', () => {
    const ended: string[] = [];
    const owned = new Disposables();
    const item = (name: string) => ({ dispose: () => ended.push(name) });
    owned.add(item('a'));
    owned.add(item('b'));
    owned.dispose();
    owned.add(item('c'));
    owned.dispose();
    equal(ended, ['b', 'a', 'c']);
  });
});
