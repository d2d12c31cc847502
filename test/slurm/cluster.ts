/** Starts a Slurm cluster of one node on this machine, with a configuration of its own in a temporary folder. */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { until } from '../until';
import { processesWith } from './processes';

const DAEMONS = ['munged', 'slurmctld', 'slurmd'];
/** Folders of daemons that a user's PATH may not have. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;

/** Returns why no cluster can be started here, or undefined. */
export function whyNoCluster(): string | undefined {
  if (process.platform !== 'linux') return 'A cluster is started only on Linux.';
  const missing = [...DAEMONS, 'sbatch'].filter((name) => !PATH.split(':').some((folder) => existsSync(path.join(folder, name)))); // prettier-ignore
  if (missing.length > 0)
    return `${missing.join(', ')} not found. On Debian: apt-get install --no-install-recommends slurm-wlm munge.`;
  return process.getuid?.() === 0 ? undefined : 'Slurm can be started only by root.';
}

export class Cluster {
  readonly conf: string;
  readonly node = os.hostname().split('.')[0]!;
  readonly #daemons: ChildProcess[] = [];
  #watchdog: ChildProcess | undefined;

  private constructor(private readonly folder: string) {
    this.conf = path.join(folder, 'slurm.conf');
  }

  /** Starts the daemons, and waits until the node is idle. `folder` must be short, because it has sockets. */
  static async start(folder: string): Promise<Cluster> {
    const cluster = new Cluster(folder);
    await cluster.#start();
    return cluster;
  }

  get env(): NodeJS.ProcessEnv {
    return { ...process.env, PATH, SLURM_CONF: this.conf };
  }

  async #start(): Promise<void> {
    const at = (name: string) => path.join(this.folder, name);
    for (const name of ['state', 'spool', 'munge']) mkdirSync(at(name), { mode: 0o700 });
    writeFileSync(at('munge/key'), randomBytes(1024), { mode: 0o600 });
    const [controller, daemon] = [await freePort(), await freePort()];
    writeFileSync(this.conf, configuration({ folder: this.folder, node: this.node, controller, daemon }));
    // The watchdog ends everything that has this configuration, also if this process is killed.
    this.#watchdog = spawn(process.execPath, [path.join(__dirname, 'watchdog.js'), this.conf], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#watchdog.unref();
    (this.#watchdog.stdin as Socket).unref();
    this.#daemon('munged', [
      ...['--foreground', '--force', `--key-file=${at('munge/key')}`, `--socket=${at('munge/s')}`],
      ...[`--pid-file=${at('munge/pid')}`, `--log-file=${at('munge/log')}`, `--seed-file=${at('munge/seed')}`],
    ]);
    await until('munged listens', () => existsSync(at('munge/s')));
    this.#daemon('slurmctld', ['-D']);
    this.#daemon('slurmd', ['-D']);
    await this.until('the node is idle', async () =>
      (await this.call('sinfo', '--noheader', '--format=%T')).includes('idle'),
    );
  }

  #daemon(name: string, args: readonly string[]): void {
    this.#daemons.push(spawn(name, args, { env: this.env, stdio: 'ignore' }));
  }

  /** Calls a program of Slurm, and returns its output. */
  async call(program: string, ...args: string[]): Promise<string> {
    return (await promisify(execFile)(program, args, { env: this.env })).stdout;
  }

  /** Returns the field of a job. */
  async field(job: string, name: string): Promise<string> {
    const text = await this.call('scontrol', 'show', 'job', job);
    return new RegExp(`\\b${name}=(\\S*)`).exec(text)?.[1] ?? '';
  }

  /** Waits until a condition is true. Slurm may not answer yet. */
  async until(what: string, condition: () => Promise<boolean>, deadlineMs = 90_000): Promise<void> {
    for (const deadline = Date.now() + deadlineMs; ;) {
      if (await condition().catch(() => false)) return;
      if (Date.now() > deadline) throw new Error(`waited in vain until ${what}\n${this.logs()}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /**
   * Lets a job that was queued again begin in two seconds. By itself, Slurm waits for two minutes. slurmd does not launch a job in the
   * second in which it ended it.
   */
  async beginSoon(job: string): Promise<void> {
    await this.call('scontrol', 'update', `JobId=${job}`, 'StartTime=now+2seconds');
  }

  /** Sets the node down. Its daemon ends, too, when its jobs have ended. */
  async nodeDown(): Promise<void> {
    await this.call('scontrol', 'update', `NodeName=${this.node}`, 'State=DOWN', 'Reason=test');
    const daemon = this.#daemons.pop()!;
    await until('the jobs have ended', () => !this.#hasJobs());
    daemon.kill('SIGTERM');
    await until('slurmd has ended', () => hasEnded(daemon));
  }

  /** Starts the node again, and waits until it accepts jobs. */
  async nodeUp(): Promise<void> {
    this.#daemon('slurmd', ['-D']);
    await this.call('scontrol', 'update', `NodeName=${this.node}`, 'State=RESUME').catch(() => undefined); // it may be up already
    await this.until('the node is up', async () => /idle|mix|alloc/.test(await this.call('sinfo', '--noheader', '--format=%T'))); // prettier-ignore
  }

  #hasJobs(): boolean {
    return processesWith(this.conf).some(({ command }) => /^slurmstepd|slurm_script/.test(command));
  }

  /** Cancels all jobs, and ends the daemons and everything that they started. */
  async stop(): Promise<void> {
    await this.call('scancel', '--user=root').catch(() => undefined);
    for (const daemon of this.#daemons.reverse()) daemon.kill('SIGTERM');
    await until('the daemons have ended', () => this.#daemons.every(hasEnded), 15_000).catch(() => undefined);
    execFileSync(process.execPath, [path.join(__dirname, 'watchdog.js'), this.conf, 'now']);
    this.#watchdog?.kill();
  }

  /** Returns the ends of the daemons' logs. */
  logs(): string {
    const endOf = (name: string) => {
      const file = path.join(this.folder, name);
      return existsSync(file) ? `${name}:\n${readFileSync(file, 'utf8').split('\n').slice(-60).join('\n')}` : '';
    };
    return [endOf('slurmctld.log'), endOf('slurmd.log')].join('\n');
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Returns a port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Returns a slurm.conf: a node that pretends to have 4 processors and 8 GB; jobs of the partition “urgent” preempt those of “main”; jobs that
 * use more memory than they asked for are killed, which here needs no control groups; arrays have at most 4 tasks.
 */
function configuration({
  folder,
  node,
  controller,
  daemon,
}: {
  folder: string;
  node: string;
  controller: number;
  daemon: number;
}): string {
  // prettier-ignore
  return `ClusterName=test
SlurmctldHost=${node}(127.0.0.1)
SlurmctldPort=${controller}
SlurmdPort=${daemon}
AuthType=auth/munge
AuthInfo=socket=${folder}/munge/s
CryptoType=crypto/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
ReturnToService=2
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherParams=OverMemoryKill
JobAcctGatherFrequency=task=1
AccountingStorageType=accounting_storage/none
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=5
SlurmdParameters=config_overrides
MaxArraySize=5
NodeName=${node} NodeAddr=127.0.0.1 CPUs=4 RealMemory=8000 State=UNKNOWN
PartitionName=main Nodes=${node} Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes=${node} MaxTime=INFINITE State=UP PriorityTier=10
`;
}
