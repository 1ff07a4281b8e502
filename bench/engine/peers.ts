import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const HERE = import.meta.dirname;
const ITK_BUILD = join(HERE, '..', '..', 'build', 'itk-peers');
/** As Debian installs it. */
const IMAGEJ = '/usr/share/java/ij.jar';

/** Another program that does what an operator of the engine does. */
export interface Peer {
  name: string;
  /** Mvoxel/s of one run of an operator; null where it does not have it. */
  speed(operator: string): Promise<number | null>;
  end(): void;
}

/** What a peer lacks to be asked, for a line of the table. */
export interface Missing {
  name: string;
  missing: string;
}

interface Answer {
  seconds?: number;
  voxels?: number;
}

const rate = ({ seconds, voxels }: Answer) => (seconds && voxels ? voxels / seconds / 1e6 : null);

/** A program that reads names of operators and answers each with a line of JSON; null where it does not start. */
async function lineByLine(name: string, program: string, words: string[]): Promise<Peer | null> {
  const child: ChildProcess = spawn(program, words, { stdio: ['pipe', 'pipe', 'ignore'] });
  const gone = new Promise<null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', () => resolve(null));
  });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const next = () => Promise.race([lines.next().then(({ done, value }) => (done ? null : (value as string))), gone]);
  if ((await next()) !== 'ready') return null;
  return {
    name,
    async speed(operator) {
      child.stdin!.write(`${operator}\n`);
      const answer = await next();
      if (answer === null) throw new Error(`${name} ended while it was asked for ${operator}`);
      return rate(JSON.parse(answer) as Answer);
    },
    end: () => child.stdin!.end(),
  };
}

/** scipy and scikit-image of Debian's Python: one thread, as they take by themselves. */
export async function scipy(grey: string, size: number): Promise<Peer | Missing> {
  const name = 'scipy, scikit-image';
  const words = [join(HERE, 'peers.py'), grey, String(size)];
  return (
    (await lineByLine(name, '/usr/bin/python3', words)) ?? {
      name,
      missing: 'python3-scipy and python3-skimage (Debian)',
    }
  );
}

/** ITK's filters in C++, built here where ITK is; as many threads as cores. */
export async function itk(grey: string, size: number): Promise<Peer | Missing> {
  const missing = { name: 'ITK', missing: 'libinsighttoolkit5-dev (Debian)' };
  const steps = [
    ['-S', join(HERE, 'itk'), '-B', ITK_BUILD],
    ['--build', ITK_BUILD],
  ];
  for (const words of steps) if (spawnSync('cmake', words, { stdio: 'ignore' }).status !== 0) return missing;
  return (await lineByLine('ITK', join(ITK_BUILD, 'itk_peers'), [grey, String(size)])) ?? missing;
}

/** ImageJ's filters, called from Java; as many threads as cores. */
export async function imagej(grey: string, size: number): Promise<Peer | Missing> {
  const words = [
    '-Djava.awt.headless=true',
    '-Xmx6g',
    '-cp',
    IMAGEJ,
    join(HERE, 'ImagejPeers.java'),
    grey,
    String(size),
  ];
  return (
    (await lineByLine('ImageJ', 'java', words)) ?? {
      name: 'ImageJ',
      missing: 'imagej and default-jdk-headless (Debian)',
    }
  );
}
