import { stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { isFailure } from '../core/failure.ts';
import { Hdf5File, MESSAGE } from './hdf5_file.ts';
import { type DatasetHeader, readDataset } from './hdf5_layout.ts';
import { type Link, readAttributes, readLinks } from './hdf5_links.ts';
import { valuesOf } from './hdf5_types.ts';

/** A group or dataset, wherever it lies. */
export interface Place {
  file: Hdf5File;
  address: number;
}

export interface FoundDataset extends Place {
  /** Every name under which it was found, without the first "/"; the shortest way first. */
  paths: string[];
  header: DatasetHeader;
}

export type Values = number[] | string[];

const MOST_OBJECTS = 20_000;
const MOST_FILES = 128;
const DEEPEST = 64;
const MOST_HOPS = 16;
const MOST_TOLD = 8;
/** Names of one dataset that are remembered. */
const MOST_PATHS = 32;

/** Why a path leads nowhere. */
class Dangling extends Error {}

/** It names a file that is not there. */
class LostFile extends Dangling {}

/** The objects of an HDF5 file and of those that it links to. */
export class Hdf5Tree {
  readonly root: Place;
  readonly datasets: FoundDataset[] = [];
  readonly notes: string[] = [];
  readonly #files = new Map<string, Hdf5File>();
  readonly #links = new Map<string, Promise<Link[]>>();
  readonly #named = new WeakMap<Link[], Map<string, Link>>();
  readonly #attributes = new Map<string, Promise<Map<string, Values>>>();

  private constructor(file: Hdf5File) {
    this.root = { file, address: file.root };
    this.#files.set(file.path, file);
  }

  /** Walks over all groups, those of linked files too. Throws an input failure when the file itself is damaged. */
  static async open(path: string): Promise<Hdf5Tree> {
    const tree = new Hdf5Tree(await Hdf5File.open(path));
    try {
      await tree.#walk();
      for (const [file, paths] of tree.#lost) {
        const more = paths.length > 3 ? ` and ${paths.length - 3} more` : '';
        tree.#tell(`The linked file ${file} is not there: ${paths.slice(0, 3).join(', ')}${more} lead nowhere.`);
      }
      return tree;
    } catch (error) {
      await tree.close();
      throw error;
    }
  }

  /** As `open`, without looking at what is in it. */
  static async openFile(path: string): Promise<Hdf5Tree> {
    return new Hdf5Tree(await Hdf5File.open(path));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.close()));
  }

  /** The object at a path from the root, links followed; null where there is none. */
  async find(path: string, from: Place = this.root): Promise<Place | null> {
    try {
      return await this.#follow(from, path, 0);
    } catch (error) {
      if (error instanceof Dangling || isFailure(error)) return null;
      throw error;
    }
  }

  /** The dataset at a path of a file that the first one names ("." for itself); null where there is none. */
  async datasetIn(named: string, path: string, beside: string = this.root.file.path): Promise<DatasetHeader | null> {
    try {
      const file = named === '.' ? this.#files.get(beside)! : await this.fileBeside(beside, named);
      const place = await this.#follow({ file, address: file.root }, path, 0);
      return await readDataset(place.file, place.address);
    } catch (error) {
      if (error instanceof Dangling || isFailure(error)) return null;
      throw error;
    }
  }

  async linksOf(group: Place): Promise<Link[]> {
    return await remembered(this.#links, keyOf(group), () => readLinks(group.file, group.address));
  }

  /** Numbers and texts among an object's attributes; those that are damaged are left out. */
  async attributesOf(object: Place): Promise<Map<string, Values>> {
    return await remembered(this.#attributes, keyOf(object), async () => {
      const values = new Map<string, Values>();
      try {
        for (const { name, type, bytes } of await readAttributes(object.file, object.address)) {
          const read = await valuesOf(object.file, type, bytes, 4096);
          if (read && read.length > 0) values.set(name, read);
        }
      } catch (error) {
        if (!isFailure(error)) throw error;
        this.#tell(error.message);
      }
      return values;
    });
  }

  /** The first value of an attribute as text; null without one. */
  async attribute(object: Place, name: string): Promise<string | null> {
    const value = (await this.attributesOf(object)).get(name)?.[0];
    return value === undefined ? null : String(value);
  }

  /** The group at the parent of a path, and those above it, the nearest first. */
  async groupsAbove(path: string): Promise<{ path: string; group: Place }[]> {
    const parts = path.split('/').slice(0, -1);
    const above: { path: string; group: Place }[] = [];
    for (let length = parts.length; length >= 0; length--) {
      const own = parts.slice(0, length).join('/');
      const group = await this.find(own);
      if (group) above.push({ path: own, group });
    }
    return above;
  }

  async #walk(): Promise<void> {
    const found = new Map<string, FoundDataset | null>();
    const queue: { path: string; place: Place; depth: number }[] = [{ path: '', place: this.root, depth: 0 }];
    let looked = 0;
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { path, place, depth } = next;
      const known = found.get(keyOf(place));
      if (known !== undefined) {
        if (known && known.paths.length < MOST_PATHS) known.paths.push(path);
        continue;
      }
      found.set(keyOf(place), null);
      if (++looked > MOST_OBJECTS) {
        this.notes.push(`Only the first ${MOST_OBJECTS.toLocaleString('en')} objects of the file were looked at.`);
        return;
      }
      try {
        const header = await readDataset(place.file, place.address);
        if (header) {
          const dataset = { ...place, paths: [path], header };
          found.set(keyOf(place), dataset);
          this.datasets.push(dataset);
          continue;
        }
        if (depth >= DEEPEST || !(await isGroup(place))) continue;
        for (const link of await this.linksOf(place)) {
          const own = path === '' ? link.name : `${path}/${link.name}`;
          const to = await this.#target(place, link, own);
          if (to) queue.push({ path: own, place: to, depth: depth + 1 });
        }
      } catch (error) {
        if (!isFailure(error) || path === '') throw error;
        this.#tell(`${path} is left out: ${error.message}`);
      }
    }
  }

  async #target(group: Place, link: Link, path: string): Promise<Place | null> {
    try {
      return await this.#through(group, link, 0);
    } catch (error) {
      if (error instanceof LostFile) this.#lost.set(error.message, [...(this.#lost.get(error.message) ?? []), path]);
      else if (error instanceof Dangling) this.#tell(`${path} leads nowhere: ${error.message}.`);
      else if (isFailure(error)) this.#tell(`${path} leads nowhere: ${error.message}`);
      else throw error;
      return null;
    }
  }

  async #through(group: Place, link: Link, hops: number): Promise<Place> {
    if (link.kind === 'hard') return { file: group.file, address: link.address };
    if (hops > MOST_HOPS) throw new Dangling('its links go in a circle');
    if (link.kind === 'soft') {
      const from = link.path.startsWith('/') ? { file: group.file, address: group.file.root } : group;
      return await this.#follow(from, link.path, hops + 1);
    }
    const file = await this.fileBeside(group.file.path, link.file);
    return await this.#follow({ file, address: file.root }, link.path, hops + 1);
  }

  async #linkOf(group: Place, name: string): Promise<Link | undefined> {
    const links = await this.linksOf(group);
    let named = this.#named.get(links);
    if (!named) {
      named = new Map(links.map((link) => [link.name, link]));
      this.#named.set(links, named);
    }
    return named.get(name);
  }

  async #follow(from: Place, path: string, hops: number): Promise<Place> {
    let place = from;
    for (const name of path.split('/')) {
      if (name === '' || name === '.') continue;
      const link = await this.#linkOf(place, name);
      if (!link) throw new Dangling(`${basename(place.file.path)} has no ${path.replace(/^\/+/, '')}`);
      place = await this.#through(place, link, hops);
    }
    return place;
  }

  /** A file that another names: as it is, and else of that name beside it. */
  async fileBeside(path: string, named: string): Promise<Hdf5File> {
    const folder = dirname(path);
    const places = isAbsolute(named) ? [named, join(folder, basename(named))] : [resolve(folder, named)];
    for (const place of places) {
      const open = this.#files.get(place);
      if (open) return open;
      const status = await stat(place).catch(() => null);
      if (!status?.isFile()) continue;
      if (this.#files.size >= MOST_FILES) throw new Dangling(`it links to more than ${MOST_FILES} files`);
      const file = await Hdf5File.open(place);
      this.#files.set(place, file);
      return file;
    }
    throw new LostFile(named);
  }

  /** Paths that lead into files that are not there, by file. */
  readonly #lost = new Map<string, string[]>();
  #told = 0;

  #tell(note: string): void {
    if (this.notes.includes(note)) return;
    this.#told++;
    if (this.#told <= MOST_TOLD) this.notes.push(note);
    if (this.#told > MOST_TOLD + 1) this.notes.pop();
    if (this.#told > MOST_TOLD)
      this.notes.push(`${this.#told - MOST_TOLD} more parts of the file lead nowhere or are damaged.`);
  }
}

async function isGroup({ file, address }: Place): Promise<boolean> {
  const kinds: number[] = [MESSAGE.symbolTable, MESSAGE.linkInfo, MESSAGE.link];
  return (await file.messages(address)).some(({ type }) => kinds.includes(type));
}

function keyOf({ file, address }: Place): string {
  return `${address} ${file.path}`;
}

async function remembered<T>(kept: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  let value = kept.get(key);
  if (!value) {
    value = make();
    value.catch(() => {}); // told to whoever asked
    kept.set(key, value);
  }
  return await value;
}
