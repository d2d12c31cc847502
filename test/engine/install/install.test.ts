import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Cancelled } from '../../../engine/children';
import {
  installTensorFlow,
  planTensorFlow,
  uninstallTensorFlow,
  type PlanOptions,
} from '../../../engine/install/install';
import type { InstallPlan, InstallProgress } from '../../../engine/protocol';
import { executableSets, setsFor } from '../../../engine/backends/tensorflow/instructions';
import { hashSources } from '../../../engine/backends/tensorflow/sources';
import { temporaryFolder } from '../../fixtures';
import { until } from '../../until';
import { makeFakes, TENSORFLOW_FILES, type FakeOptions, type Fakes } from './fakes';

const OPERATIONS = setsFor()
  .map((set) => `operations-${set}.node`)
  .sort();
const SITE = 'site/tensorflow';
const before = { ...process.env };

describe('installing TensorFlow', function () {
  this.timeout(30_000);
  if (process.platform !== 'linux') return;
  const inFolder = temporaryFolder();
  const home = () => inFolder('home/backends/tensorflow');
  const heard: InstallProgress[] = [];
  let fakes: Fakes;

  function fake(options: FakeOptions = {}): void {
    fakes = makeFakes(inFolder(), options);
    process.env['PATH'] = `${fakes.bin}${path.delimiter}${before['PATH']}`;
    process.env['WINNING_SIGN_HOME'] = inFolder('home');
    process.env['CXX'] = fakes.compiler;
    delete process.env['VIRTUAL_ENV'];
    heard.length = 0;
  }

  /** Plans an installation with the packages of the fake npm. */
  async function plan(options: Partial<PlanOptions> = {}): Promise<InstallPlan> {
    const made = await planTensorFlow({ gpu: false, ...options });
    const downloads = made.downloads.map((one) => (one.url === 'npm' ? fakes.packed(one.name) : one));
    return { ...made, downloads };
  }

  const install = async (made: InstallPlan, signal?: AbortSignal) =>
    installTensorFlow(made, { cli: fakes.cli, signal, onProgress: (progress) => heard.push(progress) });

  const addonCall = () =>
    fakes.calls('compiler').find((call) => call.some((part) => part.endsWith('tfjs_binding.cc')))!;

  const putBefore = () => {
    mkdirSync(home(), { recursive: true });
    writeFileSync(path.join(home(), 'installed.json'), '{ "version": "2.16.1" }');
  };
  const assertAsBefore = () => {
    assert.deepEqual(readdirSync(inFolder('home/backends')), ['tensorflow']);
    assert.deepEqual(readdirSync(home()), ['installed.json']);
  };

  afterEach(() => {
    for (const name of ['PATH', 'WINNING_SIGN_HOME', 'CXX', 'VIRTUAL_ENV'])
      if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before[name];
  });

  it('plans the downloads of pip with sizes and hashes, without downloading', async () => {
    fake();
    const { downloads, tensorflow, replaces } = await planTensorFlow({ gpu: false });
    const [wheel] = downloads;
    assert.deepEqual([wheel!.name, wheel!.version, tensorflow], ['tensorflow-cpu', '2.21.0', { version: '2.21.0' }]);
    assert.ok(wheel!.bytes! > 100);
    assert.match(wheel!.hash, /^sha256:[0-9a-f]{64}$/);
    assert.equal(replaces, undefined);
    assert.ok(!existsSync(home()));
    assert.ok(fakes.calls('python').every((call) => call[0] === '-c' || call.includes('--dry-run')));
    assert.deepEqual(fakes.calls('npm'), [['--version']]);
  });

  it('asks pip for an exact version, and for a GPU keeps only the CUDA packages that TensorFlow opens', async () => {
    fake({ wheels: { numpy: {}, 'nvidia-cudnn-cu12': {}, tensorflow: TENSORFLOW_FILES } });
    const { downloads } = await planTensorFlow({ gpu: true, version: '2.20.0' });
    const names = downloads.map(({ name }) => name).filter((name) => !name.includes('node'));
    assert.deepEqual(names, ['tensorflow', 'nvidia-cudnn-cu12']);
    const asked = fakes.calls('python').at(-1)!;
    assert.equal(asked.at(-1), 'tensorflow[and-cuda]==2.20.0');
    assert.ok(!asked.includes('--no-deps'));
  });

  it('installs the libraries, the addon and a record, as planned', async () => {
    fake();
    const installed = await install(await plan());
    assert.equal(installed.version, '2.21.0');
    assert.deepEqual(readdirSync(home()).sort(), [
      'installed.json',
      'libraries',
      'node_modules',
      ...OPERATIONS,
      'tfjs_binding.node',
    ]);
    const libraries = path.join(home(), 'libraries/tensorflow');
    assert.deepEqual(readdirSync(libraries).sort(), ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']);
    assert.equal(readFileSync(path.join(libraries, 'libtensorflow_cc.so.2'), 'utf8'), 'the library');
    assert.deepEqual(JSON.parse(readFileSync(path.join(home(), 'installed.json'), 'utf8')), installed);
    assert.deepEqual(readdirSync(inFolder('home/backends')), ['tensorflow'], 'no staging is left');
    const compiled = addonCall();
    for (const part of ['-shared', '-fPIC', '-O2', '-std=c++17', '-Wl,-rpath,$ORIGIN/libraries/tensorflow'])
      assert.ok(compiled.includes(part), part);
    const [tried] = fakes.calls('cli');
    assert.deepEqual(tried!.slice(0, 2), ['backends', 'try']);
    assert.deepEqual(
      [...new Set(heard.map(({ step }) => step))],
      ['downloading', 'unpacking', 'compiling', 'trying', 'placing'],
    );
    assert.ok(heard.some(({ fraction }) => fraction === 0.5));
  });

  it('uses the TensorFlow of Python without a download', async () => {
    for (const [name, text] of Object.entries(TENSORFLOW_FILES)) {
      mkdirSync(path.dirname(inFolder('site', name)), { recursive: true });
      writeFileSync(inFolder('site', name), text);
    }
    fake({ python: { tensorflow: { name: 'tensorflow-cpu', version: '2.17.0', folder: inFolder(SITE) } } });
    const made = await plan();
    assert.deepEqual(made.tensorflow, { version: '2.17.0', inPlace: inFolder(SITE) });
    assert.ok(made.downloads.every(({ url }) => url === 'npm'));
    const installed = await install(made);
    assert.equal(installed.inPlace, inFolder(SITE));
    assert.ok(addonCall().includes(`-Wl,-rpath,${inFolder(SITE)}`));
    assert.ok(!existsSync(path.join(home(), 'libraries')));
    assert.ok(existsSync(inFolder(SITE, 'include')), 'what is another’s is left alone');
  });

  it('ignores a TensorFlow that is too old or not the wanted version, or that has no GPU support if --gpu is given', async () => {
    for (const [name, text] of Object.entries(TENSORFLOW_FILES)) {
      mkdirSync(path.dirname(inFolder('site', name)), { recursive: true });
      writeFileSync(inFolder('site', name), text);
    }
    const inPlace = async (name: string, version: string, gpu: boolean, wanted?: string) => {
      fake({
        python: { tensorflow: { name, version, folder: inFolder(SITE) }, nvidia: [inFolder('site/nvidia')] },
        wheels: { tensorflow: {}, 'tensorflow-cpu': {} },
      });
      return (await plan({ gpu, ...(wanted && { version: wanted }) })).tensorflow.inPlace;
    };
    assert.equal(await inPlace('tensorflow', '2.15.1', false), undefined);
    assert.equal(await inPlace('tensorflow', '2.16.1', false), inFolder(SITE));
    assert.equal(await inPlace('tensorflow', '2.16.1', true, '2.16.1'), inFolder(SITE));
    assert.equal(await inPlace('tensorflow-cpu', '2.16.1', true), undefined);
    assert.equal(await inPlace('tensorflow', '2.16.1', false, '2.17.0'), undefined);
  });

  it('downloads only TensorFlow and NVIDIA’s libraries, and refuses old versions', async () => {
    const others = { 'tensorflow-io-gcs-filesystem': {}, keras: {} };
    fake({ wheels: { ...others, 'nvidia-cudnn-cu12': {}, tensorflow: TENSORFLOW_FILES } });
    const wheels = (await plan({ gpu: true })).downloads.filter(({ url }) => url !== 'npm');
    assert.deepEqual(
      wheels.map(({ name }) => name),
      ['tensorflow', 'nvidia-cudnn-cu12'],
    );
    fake({ wheels: others });
    await assert.rejects(plan(), /pip finds no tensorflow-cpu/);
    await assert.rejects(plan({ version: '2.15.0' }), /--tensorflow 2\.15\.0 is older than 2\.16/);
  });

  it('compiles its own operations for every set of instructions, and tries those of this processor', async () => {
    fake();
    const { operations } = await install(await plan());
    assert.deepEqual(operations, { sets: setsFor(), problems: [], sources: hashSources() });
    const calls = fakes.calls('compiler').filter((call) => call.some((part) => part.endsWith('native/operations.cc')));
    assert.equal(calls.length, setsFor().length);
    for (const call of calls) assert.ok(call.includes('-Wl,-rpath,$ORIGIN/libraries/tensorflow'));
    assert.equal(fakes.calls('cli').length, 1 + executableSets().length);
  });

  it('installs TensorFlow without its own operations if they cannot be compiled, and says so for each set', async () => {
    fake({ compiler: 'fails at operations' });
    const { operations } = await install(await plan());
    const problem = /could not compile Winning Sign's operations for (\w+) \(.*fatal error: no such file\)\.$/;
    const named = operations!.problems!.map((text) => problem.exec(text)?.[1]);
    assert.deepEqual([operations!.sets, named], [[], setsFor()]);
    assert.ok(heard.some(({ message }) => message === "TensorFlow's own operations are used instead."));
  });

  it('keeps the other sets of its operations if one cannot be compiled or fails its test', async () => {
    for (const set of executableSets())
      for (const [at, problem] of [
        ['compiler', `could not compile Winning Sign's operations for ${set} (`],
        ['test', `Winning Sign's operations for ${set} failed a test on this machine (GLIBC_2.99 not found).`],
      ] as const) {
        fake({ broken: { set, at } });
        const { sets, problems } = (await install(await plan())).operations!;
        assert.deepEqual([sets, problems!.length], [setsFor().filter((one) => one !== set), 1]);
        assert.ok(problems![0]!.includes(problem), problems![0]);
        assert.equal(existsSync(path.join(home(), `operations-${set}.node`)), false);
        const used = executableSets().find((one) => one !== set);
        const whose = used ? `Winning Sign's operations for ${used}` : "TensorFlow's own operations";
        assert.deepEqual(heard.slice(-3, -1).map(({ message }) => message), [...problems!, `${whose} are used instead.`]); // prettier-ignore
      }
  });

  it('does not report a problem with its operations if it is cancelled during their test', async () => {
    fake({ broken: { set: executableSets()[0] ?? 'none', at: 'hang' } });
    putBefore();
    const abort = new AbortController();
    const installing = install(await plan(), abort.signal);
    await until('the last test hangs', () => fakes.calls('cli').length > Math.min(1, executableSets().length));
    abort.abort();
    await assert.rejects(installing, Cancelled);
    assertAsBefore();
    assert.equal(heard.at(-1)!.message, 'Trying TensorFlow');
  });

  it('links the addon to CUDA’s libraries, so that the loader loads them', async () => {
    const cuda = { 'nvidia/cudnn/lib/libcudnn.so.9': 'cudnn', 'nvidia/cudnn/include/cudnn.h': 'a header' };
    fake({ wheels: { tensorflow: TENSORFLOW_FILES, 'nvidia-cudnn-cu12': cuda } });
    await install(await plan({ gpu: true }));
    const compiled = addonCall();
    assert.ok(compiled.some((part) => part.endsWith('libraries/nvidia/cudnn/lib/libcudnn.so.9')));
    assert.ok(compiled.includes('-Wl,-rpath,$ORIGIN/libraries/nvidia/cudnn/lib'));
    assert.ok(compiled.includes('-Wl,--disable-new-dtags'));
    assert.deepEqual(readdirSync(path.join(home(), 'libraries/nvidia/cudnn')), ['lib'], 'headers are not kept');
  });

  it('keeps the old installation if the new one cannot be downloaded, compiled or loaded', async () => {
    for (const [options, message] of [
      [{ cli: 'fails' }, /a test of it failed on this machine: GLIBC_2\.99 not found/],
      [{ compiler: 'fails' }, /could not compile.*fatal error: no such file/],
      [{ download: 'fails' }, /pip cannot download TensorFlow: .*DO NOT MATCH THE HASHES/],
    ] as const) {
      fake(options);
      putBefore();
      const made = await plan();
      assert.equal(made.replaces, '2.16.1');
      await assert.rejects(install(made), message);
      assertAsBefore();
    }
  });

  it('refuses an npm package with a wrong hash', async () => {
    fake();
    const made = await plan();
    made.downloads.at(-1)!.hash = 'sha512-another';
    await assert.rejects(install(made), /node-api-headers .* does not have the published hash/);
    assert.deepEqual(readdirSync(inFolder('home/backends')), []);
  });

  it('ends its child processes when it is cancelled, and keeps the old installation', async () => {
    fake({ download: 'hangs' });
    putBefore();
    const abort = new AbortController();
    const installing = install(await plan(), abort.signal);
    await until('the download starts', () => heard.some(({ message }) => message.startsWith('Downloading')));
    const downloader = fakes.downloader();
    abort.abort();
    await assert.rejects(installing, Cancelled);
    assertAsBefore();
    assert.throws(() => process.kill(downloader, 0), /ESRCH/);
  });

  it('replaces the old installation and removes leftovers of an ended process', async () => {
    fake();
    putBefore();
    mkdirSync(inFolder(`home/backends/.tensorflow.new.${(await import('node:os')).hostname()}.999999999-0`));
    await install(await plan());
    assert.deepEqual(readdirSync(inFolder('home/backends')), ['tensorflow']);
    assert.ok(existsSync(path.join(home(), 'tfjs_binding.node')));
  });

  it('uninstalls, and returns undefined if nothing was installed', async () => {
    fake();
    putBefore();
    assert.equal(await uninstallTensorFlow(), home());
    assert.deepEqual(readdirSync(inFolder('home/backends')), []);
    assert.equal(await uninstallTensorFlow(), undefined);
  });

  it('names a missing or outdated program and how to install it', async () => {
    fake({ python: { pip: '' } });
    await assert.rejects(planTensorFlow({ gpu: false }), /pip is missing\. Run “.*-m ensurepip/);
    fake({ python: { pip: '20.0' } });
    await assert.rejects(planTensorFlow({ gpu: false }), /pip is version 20\.0, but version 22\.2/);
    await assert.rejects(planTensorFlow({ gpu: false, python: 'no-python' }), /--python no-python: program not found/);
    process.env['CXX'] = 'no-compiler';
    await assert.rejects(planTensorFlow({ gpu: false }), /no-compiler.*install a compiler: “/);
  });

  it('does not ask an older pip for a plan, because it would download; still checks hashes of its downloads', async () => {
    fake({ python: { pip: '23.0' } });
    const made = await plan({ version: '2.21.0' });
    assert.deepEqual([made.downloads[0]!.name, made.downloads[0]!.hash], ['tensorflow-cpu==2.21.0', '']);
    assert.ok(fakes.calls('python').every((call) => call[0] === '-c'));
    const { downloads } = await install(made);
    assert.match(downloads[0]!.hash, /^sha256:/);
    const reported = fakes.calls('python').find((call) => call.includes('--dry-run'))!;
    assert.equal(reported.at(-1), 'tensorflow-cpu==2.21.0');
  });
});
