/** Watches directories by file events. Also detects whether events are not reliable in a directory. */
import { existsSync, statfsSync, statSync, watch, type FSWatcher } from 'node:fs';
import path from 'node:path';

/** Names of the files whose changes matter; undefined means all. */
type Names = ReadonlySet<string> | undefined;

interface Watch {
  /** A text that differs if another directory has replaced this one. */
  identity: string | undefined;
  watcher: FSWatcher | undefined;
  names: Names;
  /** Whether changes by other machines cause no event. */
  isRemote: boolean;
}

const NONE: ReadonlySet<string> = new Set();

/** Greatest number of watches. Systems allow a few thousand for all programs together. */
const MOST_WATCHES = 4_000;

export class Watches {
  readonly #watches = new Map<string, Watch>();
  /** The directories that are watched now. */
  readonly #watched = new Set<string>();
  /** Whether no watched directory is settled. Known only during `replace`, in which none becomes settled. */
  #noneIsSettled = false;
  /** Whether devices are remote, by their numbers. Known only during `replace`, because devices may be mounted later. */
  readonly #remote = new Map<number, boolean>();

  /**
   * @param changed receives the directory in which something changed, and the name of the changed file if the system reports it
   * @param isSettled whether a directory will probably not change again. If there are too many, it gives up its watch to others.
   * @param most greatest number of watches
   */
  constructor(
    private readonly changed: (directory: string, name: string | null) => void,
    private readonly isSettled: (directory: string) => boolean = () => false,
    private readonly most = MOST_WATCHES,
  ) {}

  /** Whether a directory cannot be watched, or is on a file system that sends no events for changes by other machines. */
  get isBlind(): boolean {
    for (const [directory, entry] of this.#watches)
      if ((!entry.watcher || entry.isRemote) && !this.isSettled(directory)) return true;
    return false;
  }

  /**
   * Watches these directories, and no others. Returns the directories that were not watched before. `seen` are directories with which it was called a
   * moment ago, which are not looked at again.
   */
  replace(directories: ReadonlyMap<string, Names>, seen: ReadonlySet<string> = NONE): string[] {
    this.#noneIsSettled = false;
    this.#remote.clear();
    for (const directory of this.#watches.keys()) if (!directories.has(directory)) this.#end(directory);
    const begun: string[] = [];
    for (const [directory, names] of directories) {
      const known = this.#watches.get(directory);
      if (known && seen.has(directory)) {
        known.names = names;
        continue;
      }
      const found = identityOf(directory);
      if (known?.watcher && known.identity === found?.identity) known.names = names;
      else {
        this.#end(directory);
        if (this.#begin(directory, { found, names })) begun.push(directory);
      }
    }
    return begun;
  }

  dispose(): void {
    for (const directory of [...this.#watches.keys()]) this.#end(directory);
  }

  #begin(directory: string, { found, names }: { found: Found | undefined; names: Names }): boolean {
    const entry: Watch = {
      ...{ identity: found?.identity, names, watcher: undefined },
      isRemote: found ? this.#isRemote(directory, found.device) : isRemote(directory),
    };
    this.#watches.set(directory, entry);
    if (!found || !this.#makeRoom(directory)) return false;
    try {
      entry.watcher = watch(directory, { persistent: false }, (_, name) => {
        if (name === null || !entry.names || entry.names.has(name)) this.changed(directory, name);
      }).on('error', () => {
        entry.watcher?.close();
        entry.watcher = undefined; // the next check tries again
        this.#watched.delete(directory);
      });
      this.#watched.add(directory);
      return true;
    } catch {
      return false; // too many watches, or a file system without them
    }
  }

  /** Whether there may be one more watch. If necessary, ends the watch of a settled directory for one that is not settled. */
  #makeRoom(directory: string): boolean {
    if (this.#watched.size < this.most) return true;
    if (this.#noneIsSettled || this.isSettled(directory)) return false;
    const settled = this.#settled();
    this.#noneIsSettled = settled === undefined;
    if (settled === undefined) return false;
    const entry = this.#watches.get(settled)!;
    this.#end(settled);
    this.#watches.set(settled, { ...entry, watcher: undefined });
    return true;
  }

  #settled(): string | undefined {
    for (const watched of this.#watched) if (this.isSettled(watched)) return watched;
    return undefined;
  }

  #isRemote(directory: string, device: number): boolean {
    const known = this.#remote.get(device) ?? isRemote(directory);
    this.#remote.set(device, known);
    return known;
  }

  #end(directory: string): void {
    this.#watches.get(directory)?.watcher?.close();
    this.#watches.delete(directory);
    this.#watched.delete(directory);
  }
}

interface Found {
  identity: string;
  device: number;
}

function identityOf(directory: string): Found | undefined {
  try {
    const { ino, birthtimeMs, dev: device } = statSync(directory);
    return { identity: `${ino} ${birthtimeMs}`, device };
  } catch {
    return undefined;
  }
}

/** Returns the nearest existing directory above a missing one. Also returns the name that must appear in it next. */
export function nearestExisting(missing: string): { directory: string; name: string } {
  const [directory, name] = [path.dirname(missing), path.basename(missing)];
  return existsSync(directory) || directory === missing ? { directory, name } : nearestExisting(directory);
}

/** Numbers of statfs(2) for NFS, SMB, CIFS, SMB 2, FUSE, 9P, Ceph, Lustre, GPFS, AFS, BeeGFS, and folders shared with a virtual machine. */
const REMOTE: ReadonlySet<number> = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x65735546, 0x01021997, 0x00c36400, 0x0bd00bd0, 0x47504653, 0x5346414f,
  0x19830326, 0x786f4256, 0xbacbacbc,
]);

/** Whether other machines can change a directory without causing an event on this machine. */
export function isRemote(directory: string): boolean {
  if (process.platform === 'win32') return directory.startsWith('\\\\');
  if (process.platform === 'darwin') return /^\/(Volumes|Network|net)\//.test(directory);
  try {
    return REMOTE.has(statfsSync(directory).type);
  } catch {
    return false;
  }
}
